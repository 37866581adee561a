"""What the doctor tells of proxies: which server is reached through which, without what is secret in their URLs."""

from collections.abc import Mapping, Sequence

from tuichat.client.endpoint import Endpoint
from tuichat.client.errors import ProxyError
from tuichat.client.proxy import endpoint_proxy
from tuichat.doctor.findings import Finding
from tuichat.text.safe_text import safe_line
from tuichat.translation import _

_ANY_SERVER = "https://server.invalid"  # RFC 6761: of no name that NO_PROXY could mean
MAX_SERVERS = 20  # taste: a screenful


def proxy_findings(urls: Sequence[str], environment: Mapping[str, str]) -> list[Finding]:
    """Tell for each server, and for one that is none of them, which proxy of the environment leads there."""
    found = [_finding(url, safe_line(url), environment) for url in urls[:MAX_SERVERS]]
    return [*found, _finding(_ANY_SERVER, _("A server elsewhere"), environment)]


def _finding(url: str, name: str, environment: Mapping[str, str]) -> Finding:
    try:
        proxy = endpoint_proxy(Endpoint(url), environment)
    except ProxyError as error:
        return Finding("proxy", safe_line(str(error)))
    if proxy is None:
        return Finding("proxy", _("{server} is reached directly.").format(server=name))
    template = (
        _("{server} is reached through {proxy} ({variable}), with the user and the password that stand there.")
        if proxy.login is not None
        else _("{server} is reached through {proxy} ({variable}).")
    )
    return Finding("proxy", template.format(server=name, proxy=safe_line(str(proxy)), variable=proxy.variable))
