"""The generator that the specification sketches, with the defects that its Readings name."""

import ai_agent_pb2


async def generate_fragment(tokens, request, context):
    buffer = ""
    try:
        async for token in tokens:
            buffer += token
            if len(buffer) >= 5:
                yield ai_agent_pb2.StreamChunk(delta=buffer, is_final=False)
                buffer = ""
        # Without a rest there is no final chunk.
        if buffer:
            yield ai_agent_pb2.StreamChunk(delta=buffer, is_final=True)
    except Exception as error:
        # What the buffer holds is lost.
        yield ai_agent_pb2.StreamChunk(error=str(error))
