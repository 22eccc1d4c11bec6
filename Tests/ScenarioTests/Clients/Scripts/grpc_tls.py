"""Asks a server by gRPC and TLS whether the model 'small' is ready.

usage: grpc_tls.py HOST:PORT ROOTS
"""

import sys

import tritonclient.grpc as triton

with triton.InferenceServerClient(sys.argv[1], ssl=True, root_certificates=sys.argv[2]) as client:
    assert client.is_model_ready("small", client_timeout=60)
print("small is ready")
