"""An agent for ai.agent.v1.AIAgentService: streams what a model generates, on grpcio's asyncio server.

The first line of output names its address. --stream fragment runs the generator that the specification
sketches (fragment.py).
"""

import argparse
import asyncio
import importlib
import signal
import sys
from contextlib import aclosing
from pathlib import Path

import grpc

sys.path.insert(0, str(Path(__file__).parent / "build"))

try:
    import ai_agent_pb2
    import ai_agent_pb2_grpc
    import health_pb2
    import health_pb2_grpc
except ModuleNotFoundError as error:
    sys.exit(f"agent.py: {error}; run make first")

import credentials
from fragment import generate_fragment
from grouping import Grouping
from model import ModelError

SERVICE = "ai.agent.v1.AIAgentService"

# Open streams have this long to end when the agent stops.
SHUTDOWN_GRACE_SEC = 2


async def generate(tokens, request, context):
    """Yields the chunks of one answer: one final chunk (B3), or all text and then the error (C1, C2)."""
    if request.prompt == "":
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "prompt: must not be empty")
    grouping = Grouping()
    failure = None
    try:
        async for token in tokens:
            text = grouping.add(token)
            if text:
                yield ai_agent_pb2.StreamChunk(delta=text)
    except Exception as error:
        failure = error
    if failure is None:
        yield ai_agent_pb2.StreamChunk(delta=grouping.rest(), is_final=True)
        return
    text = grouping.rest()
    if text:
        yield ai_agent_pb2.StreamChunk(delta=text)
    if isinstance(failure, ModelError):
        await context.abort(failure.status, str(failure))
    yield ai_agent_pb2.StreamChunk(error=str(failure) or type(failure).__name__)


class Agent(ai_agent_pb2_grpc.AIAgentServiceServicer):
    def __init__(self, tokens, generator):
        self._tokens = tokens
        self._generator = generator

    async def GenerateTextStream(self, request, context):
        # grpcio leaves the generators of cancelled calls to the garbage collector, and so the request to your
        # model open. A coroutine that writes is cancelled in its own frame.
        async with aclosing(self._tokens(request.prompt, request.model)) as tokens:
            async with aclosing(self._generator(tokens, request, context)) as chunks:
                async for chunk in chunks:
                    await context.write(chunk)


class Health(health_pb2_grpc.HealthServicer):
    async def Check(self, request, context):
        if request.service not in ("", SERVICE):
            await context.abort(grpc.StatusCode.NOT_FOUND, f"service: there is no {request.service}")
        return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)


async def serve(options):
    module, _, function = options.model.partition(":")
    tokens = getattr(importlib.import_module(module), function or "tokens")
    generator = generate_fragment if options.stream == "fragment" else generate
    compression = grpc.Compression.Gzip if options.gzip else None
    # Without this, a second agent could listen on the same port.
    server = grpc.aio.server(compression=compression, options=[("grpc.so_reuseport", 0)])
    ai_agent_pb2_grpc.add_AIAgentServiceServicer_to_server(Agent(tokens, generator), server)
    health_pb2_grpc.add_HealthServicer_to_server(Health(), server)
    host = options.listen.rpartition(":")[0]
    if options.credentials is None:
        port = server.add_insecure_port(options.listen)
    else:
        port = server.add_secure_port(options.listen, options.credentials)
    await server.start()
    print(f"{host}:{port}", flush=True)

    stopping = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    await stopping.wait()
    await server.stop(SHUTDOWN_GRACE_SEC)


def read_options():
    parser = argparse.ArgumentParser(description="An agent that streams what a model generates.")
    parser.add_argument("--listen", default="127.0.0.1:50051", help="address; port 0 takes a free one")
    parser.add_argument("--model", default="model:tokens", help="module:function of the model")
    parser.add_argument("--stream", choices=["complete", "fragment"], default="complete")
    parser.add_argument("--gzip", action="store_true", help="compress the messages")
    credentials.add_flags(parser)
    options = parser.parse_args()
    options.credentials = credentials.read_credentials(options, parser)
    return options


if __name__ == "__main__":
    try:
        asyncio.run(serve(read_options()))
    except (AttributeError, ImportError, RuntimeError) as error:
        sys.exit(f"agent.py: {error}")
