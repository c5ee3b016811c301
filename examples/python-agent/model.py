"""The model behind the agent: put yours here, or name another with --model module:function."""

import asyncio
import re


class ModelError(Exception):
    """A failure with a gRPC status of its own, such as RESOURCE_EXHAUSTED."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


async def tokens(prompt, model):
    """Yields the tokens of an answer: here the prompt itself, a word every 20 ms.

    A call that is cancelled, or whose deadline passes, raises CancelledError at the next await.
    """
    for word in re.findall(r"\S+\s*|\s+", prompt):
        await asyncio.sleep(0.02)
        yield word
