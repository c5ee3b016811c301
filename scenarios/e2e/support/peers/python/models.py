"""A model for examples/python-agent whose behaviour depends on the prompt. Prints a line per cancelled call."""

import asyncio

import grpc

from model import ModelError


async def tokens(prompt, model):
    if prompt == "words":
        for _ in range(40):
            yield "abcde"
            await asyncio.sleep(0.01)
        yield "!"
    elif prompt == "even":
        yield "abcde"
    elif prompt == "burst":
        for number in range(3000):
            yield "%05d" % number
    elif prompt == "large":
        yield "é" * 1_900_000
    elif prompt.startswith("think "):
        yield "first"
        await asyncio.sleep(float(prompt.split()[1]))
        yield "!"
    elif prompt == "characters":
        # A family and a flag, torn apart.
        for token in ("abcd", "👩\u200d", "👧", "wxyz", "🇨", "🇳", "end"):
            yield token
    elif prompt == "fail":
        for _ in range(5):
            yield "word "
        yield "end"
        raise ModelError(grpc.StatusCode.RESOURCE_EXHAUSTED, "quota is gone")
    elif prompt == "crash":
        yield "end"
        raise ValueError("out of memory")
    elif prompt == "hang":
        try:
            yield "first"
            await asyncio.sleep(600)
        finally:
            print("cancelled", flush=True)
