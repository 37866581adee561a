"""The words of `tuichat serve`, and the options that they and the settings make."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tuichat.command_line.words import Commands, Run, absolute, add_word, as_path
from tuichat.translation import _

if TYPE_CHECKING:
    from tuichat.config.schema import Settings
    from tuichat.server.options import ServeOptions


def add_serve(commands: Commands, run: Run) -> None:
    serve = add_word(commands, "serve", run, _("run a server for a team"))
    add = serve.add_argument
    add("--host", metavar="ADDRESS", help=_("address to listen on (default 127.0.0.1)"))
    add("--port", metavar="PORT", type=int, help=_("port to listen on; 0 picks a free one (default 8765)"))
    add("--data", metavar="DIR", type=as_path, help=_("folder of the data (default: the personal server's)"))
    add(
        "--database",
        metavar="URL",
        help=_("keep the data in this PostgreSQL database, as postgresql://USER@HOST/NAME; files stay in the folder"),
    )
    add("--tls-cert", metavar="FILE", type=as_path, help=_("certificate chain, PEM"))
    add("--tls-key", metavar="FILE", type=as_path, help=_("private key, PEM, unless the certificate's file holds it"))
    add(
        "--tls",
        choices=["auto"],
        help=_("auto: make an authority and a certificate in the folder of the data, and say how clients trust it"),
    )
    add(
        "--registration",
        metavar="WHO",
        choices=["invite", "open", "closed"],
        default="invite",
        help=_("who may make an account: invite, open or closed (default invite)"),
    )
    add("--public-url", metavar="URL", help=_("what people type to reach the server, when a proxy is in front"))
    add(
        "--voice-host",
        metavar="ADDRESS",
        help=_("IPv4 address that clients send voice packets to (default: where they reached the server)"),
    )
    add("--voice-port", metavar="PORT", type=int, help=_("UDP port of voice (default: a free one)"))
    add(
        "--trusted-proxy",
        metavar="ADDRESS",
        action="append",
        default=[],
        help=_("address or network of a proxy whose X-Forwarded headers count; may be repeated"),
    )
    add("--insecure", action="store_true", help=_("listen beyond this machine without TLS"))
    add(
        "--no-rate-limits",
        action="store_true",
        help=_("let everybody do everything as often as they like; for load runs"),
    )
    add("--personal", action="store_true", help=_("be the background server that tuichat starts by itself"))


def serve_options(args: argparse.Namespace, settings: Settings) -> ServeOptions:
    from tuichat.config.paths import cache_dir, data_dir
    from tuichat.server.options import Registration, S3Options, ServeOptions

    server = settings.server
    s3 = None
    if server.s3_bucket:
        s3 = S3Options(
            endpoint=server.s3_endpoint.rstrip("/"),
            bucket=server.s3_bucket,
            region=server.s3_region,
            credentials=absolute(Path(server.s3_credentials)) if server.s3_credentials else None,
        )
    personal: bool = args.personal
    linger = settings.server.linger
    port_by_default = 0 if personal else 8765
    return ServeOptions(
        data=absolute(args.data) or data_dir(),
        database=args.database or (None if personal else server.database or None),
        host="127.0.0.1" if args.host is None else args.host,
        port=port_by_default if args.port is None else args.port,
        tls_cert=absolute(args.tls_cert),
        tls_key=absolute(args.tls_key),
        tls_auto=args.tls == "auto" or (server.tls == "auto" and args.tls_cert is None),
        registration=Registration(args.registration),
        public_url=None if args.public_url is None else args.public_url.rstrip("/"),
        voice_host=args.voice_host,
        voice_port=args.voice_port,
        trusted_proxy=tuple(args.trusted_proxy),
        insecure=args.insecure,
        personal=personal,
        max_upload_bytes=settings.server.max_upload_mib * 1024 * 1024,
        s3=s3,
        link_previews=settings.server.link_previews,
        voice_helper=cache_dir() if settings.server.fast_voice else None,
        fetch_networks=settings.server.fetch_networks,
        rate_limits=settings.server.rate_limits and not args.no_rate_limits,
        requests_per_second=settings.server.requests_per_second,
        linger_s=None if not personal or linger == "forever" else linger,
        allowed_origins=settings.server.allowed_origins,
        log_level=settings.log.level,
    )
