# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The names of the statistics that monitoring reads, and constant values for them.

Names: NITRO reference 12.0, statistics, as the metric files of netscaler-exporter 1.1.1 cite it page by page. Typing: counters are strings,
rates numbers (telegraf issue 11478). Values are constant and different for each name, so that a program which confuses two of them is
found out; errors are zero.
"""

from __future__ import annotations

import zlib
from typing import Any

from simulator.types import Row

_ERRORS = (
    "err",
    "fail",
    "bad",
    "discard",
    "drop",
    "busy",
    "unsucc",
    "timeout",
    "toobig",
    "truncated",
    "invalid",
    "unknown",
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PROTOCOLS: dict[str, tuple[str, ...]] = {
    "protocolhttp": _words(
        "httptotrequests httptotresponses httptotposts httptotgets httptotothers spdytotstreams spdyv2totstreams "
        "spdyv3totstreams httptotrxrequestbytes httptotrxresponsebytes httptottxrequestbytes httptot10requests "
        "httptot11requests httptot10responses httptot11responses httptotchunkedrequests httptotchunkedresponses "
        "httperrnoreusemultipart httperrincompleteheaders httperrincompleterequests httperrincompleteresponses "
        "httperrserverbusy httperrlargecontent httperrlargechunk httperrlargectlen httprequestsrate "
        "spdystreamsrate spdyv2streamsrate spdyv3streamsrate httprxrequestbytesrate httprxresponsebytesrate "
        "httptxrequestbytesrate httpresponsesrate httppostsrate httpgetsrate httpothersrate "
        "httpchunkedresponsesrate httpchunkedrequestsrate http10requestsrate http11requestsrate "
        "http10responsesrate http11responsesrate httperrnoreusemultipartrate httperrincompleterequestsrate "
        "httperrincompleteresponsesrate httperrserverbusyrate "
    ),
    "protocolip": _words(
        "iptotrxpkts iptotrxbytes iptottxpkts iptottxbytes iptotrxmbits iptottxmbits iptotroutedpkts "
        "iptotroutedmbits iptotfragments iptotsuccreassembly iptotaddrlookup iptotaddrlookupfail "
        "iptotudpfragmentsfwd iptottcpfragmentsfwd iptotbadchecksums iptotunsuccreassembly iptottoobig "
        "iptotdupfragments iptotoutoforderfrag iptotvipdown iptotttlexpired iptotmaxclients iptotunknownsvcs "
        "iptotinvalidheadersz iptotinvalidpacketsize iptottruncatedpackets noniptottruncatedpackets "
        "iptotbadmacaddrs iprxpktsrate iprxbytesrate iptxpktsrate iptxbytesrate iprxmbitsrate iptxmbitsrate "
        "iproutedpktsrate iproutedmbitsrate "
    ),
    "protocoltcp": _words(
        "tcptotrxpkts tcptotrxbytes tcptottxpkts tcptottxbytes tcptotclientconnopened tcptotserverconnopened "
        "tcptotsyn tcptotsynprobe tcptotsvrfin tcptotcltfin tcperrbadchecksum tcperranyportfail tcperripportfail "
        "tcperrbadstateconn tcperrrstthreshold tcperroutofwindowpkts tcperrsyndroppedcongestion "
        "tcperrfullretrasmit tcpactiveserverconn tcpcurclientconnestablished tcpcurserverconnestablished "
        "tcprxpktsrate tcprxbytesrate tcptxpktsrate tcptxbytesrate tcpclientconnopenedrate tcperrbadchecksumrate "
        "tcpsynrate tcpsynproberate tcperrsentrstrate tcperrfullretrasmitrate "
    ),
    "protocoludp": _words(
        "udptotrxpkts udptotrxbytes udptottxpkts udptottxbytes udptotunknownsvcpkts udpbadchecksum udprxpktsrate "
        "udprxbytesrate udptxpktsrate udptxbytesrate "
    ),
    "ssl": _words(
        "ssltottlsv11sessions ssltotsslv2sessions ssltotsessions ssltotsslv2handshakes ssltotenc "
        "sslcryptoutilizationstat ssltotnewsessions sslsessionsrate ssldecrate sslencrate sslsslv2handshakesrate "
        "sslnewsessionsrate "
    ),
}


INTERFACE = _words(
    "nictotmulticastpkts rxcrcerrors totmacmoved trunkpktstransmitted errdroppedrxpkts linkreinits "
    "errifindiscards nicerrifoutdiscards errdroppedtxpkts tottxbytes jumbopktstransmitted totnetscalerpkts "
    "errpkttx totrxbytes trunkpktsreceived errpktrx rxlacpdu txlacpdu jumbopktsreceived totrxpkts tottxpkts "
    "errpktrxrate rxlacpdurate errdroppedrxpktsrate rxpktsrate errifindiscardsrate nicerrifoutdiscardsrate "
    "macmovedrate rxcrcerrorsrate jumbopktstransmittedrate jumbopktsreceivedrate rxbytesrate "
    "trunkpktsreceivedrate errdroppedtxpktsrate txlacpdurate txbytesrate txpktsrate netscalerpktsrate "
    "trunkpktstransmittedrate "
)


AAA = _words(
    "aaaauthsuccess aaaauthfail aaaauthonlyhttpsuccess aaaauthonlyhttpfail aaaauthnonhttpsuccess "
    "aaaauthnonhttpfail aaatotsessions aaatotsessiontimeout aaatottmsessions aaacuricasessions "
    "aaacuricaonlyconn aaacuricaconn aaacurtmsessions aaacursessions aaaauthsuccessrate aaaauthfailrate "
    "aaaauthonlyhttpsuccessrate aaaauthonlyhttpfailrate aaaauthnonhttpsuccessrate aaaauthnonhttpfailrate "
    "aaacursessionsrate aaasessionsrate aaasessiontimeoutrate aaacuricasessionsrate aaacuricaonlyconnrate "
    "aaacuricaconnrate aaacurtmsessionsrate aaatmsessionsrate "
)


VPN = _words(
    "indexhtmlhit indexhtmlnoserved cfghtmlserved cfghtmlservedrate dnsreqhit dnsreqhitrate winsrequesthit "
    "winsrequesthitrate csrequesthit csrequesthitrate csnonhttpprobehit csnonhttpprobehitrate cshttpprobehit "
    "cshttpprobehitrate totalcsconnsucc csconnsuccrate totalfsrequest fsrequestrate vpnlicensefail "
    "iipdisabledmipused iipdisabledmipusedrate iipfailedmipused iipfailedmipusedrate iipspillovermipused "
    "iipspillovermipusedrate iipdisabledmipdisabled iipdisabledmipdisabledrate iipfailedmipdisabled "
    "iipfailedmipdisabledrate socksmethreqrcvd socksmethreqrcvdrate socksmethreqsent socksmethreqsentrate "
    "socksmethresprcvd socksmethresprcvdrate socksmethrespsent socksmethrespsentrate socksconnreqrcvd "
    "socksconnreqrcvdrate socksconnreqsent socksconnreqsentrate socksconnresprcvd socksconnresprcvdrate "
    "socksconnrespsent socksconnrespsentrate socksservererror socksservererrorrate socksclienterror "
    "socksclienterrorrate staconnsuccess staconnsuccessrate staconnfailure staconnfailurerate cpsconnsuccess "
    "cpsconnsuccessrate cpsconnfailure cpsconnfailurerate starequestsent starequestsentrate staresponserecvd "
    "staresponserecvdrate icalicensefailure icalicensefailurerate "
)


# Counters of a virtual server besides its requests; lb has a few more than cs.
VSERVER = _words(
    "totalpktssent totalpktsrecvd totcltttlbtransactions deferredreq totspillovers invalidrequestresponse "
    "invalidrequestresponsedropped frustratingttlbtransactions toleratingttlbtransactions totvserverdownbackuphits "
    "sothreshold cursrvrconnections labelledconn curmptcpsessions avgcltttlb cursubflowconn curclntconnections "
    "pushlabel establishedconn toleratingttlbtransactionsrate pktsrecvdrate frustratingttlbtransactionsrate "
    "deferredreqrate cltttlbtransactionsrate pktssentrate "
)


LB_VSERVER = _words("surgecount svcsurgecount vsvrsurgecount totalsvrbusyerr svrbusyerrrate")


# Counters of a service and of a member of a group (adc-nitro-go, resource/stat/basic).
SERVICE = _words(
    "throughput throughputrate avgsvrttfb totalrequests requestsrate totalresponses responsesrate totalrequestbytes "
    "requestbytesrate totalresponsebytes responsebytesrate curclntconnections surgecount cursrvrconnections "
    "svrestablishedconn curreusepool maxclients curload curtflags totsvrttlbtransactions toleratingttlbtransactions "
    "frustratingttlbtransactions vsvrservicehits vsvrservicehitsrate activetransactions"
)


SSL_VSERVER = _words(
    "sslctxtotdecbytes sslctxtotencbytes sslctxtothwdec_bytes sslctxtothwencbytes sslctxtotsessionnew "
    "sslctxtotsessionhits ssltotclientauthsuccess ssltotclientauthfailure sslclientauthsuccessrate "
    "sslclientauthfailurerate sslctxencbytesrate sslctxdecbytesrate sslctxhwencbytesrate sslctxhwdec_bytesrate "
    "sslctxsessionnewrate sslctxsessionhitsrate "
)


# nsglobalcntr shows counters by name: at most twelve in a request (NITRO guide, global counters).


def zero_values(names: tuple[str, ...]) -> Row:
    """Return counters and rates that are zero."""
    return {name: 0 if name.endswith("rate") else "0" for name in names}


def constant_values(names: tuple[str, ...], about: str = "") -> Row:
    """Return counters and rates with a constant value for each name."""
    return {name: constant_value(name, about) for name in names}


def constant_value(name: str, about: str) -> Any:
    number = zlib.crc32(f"{about}{name}".encode())
    if any(word in name for word in _ERRORS):
        number = 0
    return number % 100 if name.endswith("rate") else str(number % 1_000_000)
