"""Calls a method that an agent does not have and cancels at once, many times on one connection.

Takes the agent's address; prints how often it did so, and the status of a last call that it waits for.
"""

import sys

import grpc

channel = grpc.insecure_channel(sys.argv[1])
call = channel.unary_stream("/no.Such/Method")
for _ in range(300):
    call(b"").cancel()
try:
    list(call(b"", timeout=10))
except grpc.RpcError as error:
    print(300, error.code().name)
