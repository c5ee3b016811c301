"""The flags of TLS, and what is wrong with their files."""

import ssl
from pathlib import Path

import grpc


def add_flags(parser):
    parser.add_argument("--tls-cert", help="speak TLS with this certificate (PEM); needs --tls-key")
    parser.add_argument("--tls-key", help="key (PEM) of --tls-cert")
    parser.add_argument("--client-ca", help="authority (PEM) of clients, which then need a certificate; needs --tls-cert")


def read_credentials(options, parser):
    """Returns None without TLS. Ends with exit code 2 and what is wrong if the flags or files cannot be used."""
    cert, key, authority = options.tls_cert, options.tls_key, options.client_ca
    if (cert is None) != (key is None):
        parser.error("--tls-cert and --tls-key need each other")
    if authority is not None and cert is None:
        parser.error("--client-ca needs --tls-cert and --tls-key too")
    if cert is None:
        return None
    try:
        cert_text = read("--tls-cert", cert, "CERTIFICATE-----")
        key_text = read("--tls-key", key, "PRIVATE KEY-----")
        check_pair(cert, key)
        authority_text = None
        if authority is not None:
            authority_text = read("--client-ca", authority, "CERTIFICATE-----")
            check_authority(authority)
    except ValueError as error:
        parser.error(str(error))
    return grpc.ssl_server_credentials(
        [(key_text, cert_text)], authority_text, require_client_auth=authority is not None
    )


def read(flag, path, marker):
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"{flag}: {path} cannot be read: {error.strerror}") from None
    if marker.encode() not in content:
        raise ValueError(f"{flag}: {path} has no {marker.rstrip('-').lower()} in PEM")
    return content


def check_pair(cert, key):
    try:
        # gRPC asks for no passphrase; with none here, an encrypted key is an error and not a prompt.
        context().load_cert_chain(cert, key, password=lambda: "")
    except (OSError, ValueError) as error:
        if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
            raise ValueError(f"--tls-key: {key} is not the key of {cert} (--tls-cert)") from None
        raise ValueError(f"--tls-cert, --tls-key: {cert} or {key} is damaged, or the key is encrypted") from None


def check_authority(path):
    try:
        context().load_verify_locations(path)
    except (OSError, ValueError):
        raise ValueError(f"--client-ca: {path} has a damaged certificate") from None


def context():
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
