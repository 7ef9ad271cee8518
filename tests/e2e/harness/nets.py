"""Two networks behind address translation, and what lies between them.

Network namespaces joined by veth pairs: `out` is the public one, with a bridge
that everything is plugged into; behind each of two translators (nftables)
there is a host, `a` and `b`. Needs root.
"""
import subprocess

from .box import Failure

PUBLIC, NOBODY = "203.0.113.1", "203.0.113.254"


def _run(*argv):
    got = subprocess.run(argv, capture_output=True, text=True, timeout=10)
    if got.returncode:
        raise Failure(f"{' '.join(argv)}: {got.stderr}")


class Space:
    """A network namespace; via: what to put before a command."""

    def __init__(self):
        self.holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c",
             "ip link set lo up; echo; exec sleep infinity"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        if not self.holder.stdout.readline():
            raise Failure("no network namespace can be made")
        self.pid = str(self.holder.pid)
        self.via = ["nsenter", "--target", self.pid, "--net"]

    def run(self, *argv):
        _run(*self.via, *argv)

    def close(self):
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()


def plug(one, name, other, other_name):
    """A cable from one namespace to another."""
    one.run("ip", "link", "add", name, "type", "veth", "peer", "name",
            other_name, "netns", other.pid)


class Nets:
    """symmetric: the translators give each way a port of its own, so nobody
    but a relay gets through; else they keep the port, as most do at home."""

    def __init__(self, symmetric=True):
        self.spaces = []
        try:
            self.make(symmetric)
        except BaseException:
            self.close()
            raise

    def make(self, symmetric):
        self.out = self.space()
        self.out.run("ip", "link", "add", "br0", "type", "bridge")
        self.out.run("ip", "addr", "add", f"{PUBLIC}/24", "dev", "br0")
        self.out.run("ip", "link", "set", "br0", "up")
        # What goes elsewhere gets lost, as out there.
        self.out.run("ip", "route", "add", "default", "via", NOBODY)
        self.a = self.behind(10, "10.1.0", symmetric)
        self.b = self.behind(20, "10.2.0", symmetric)

    def space(self):
        self.spaces.append(Space())
        return self.spaces[-1]

    def public(self, n):
        """A host on the public network: 203.0.113.n."""
        host = self.space()
        plug(self.out, f"p{n}", host, "net0")
        self.out.run("ip", "link", "set", f"p{n}", "master", "br0", "up")
        host.run("ip", "addr", "add", f"203.0.113.{n}/24", "dev", "net0")
        host.run("ip", "link", "set", "net0", "up")
        return host

    def behind(self, n, net, symmetric):
        nat = self.public(n)
        nat.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
        nat.run("nft", "add table ip nat; add chain ip nat out "
                "{ type nat hook postrouting priority 100; }; "
                "add rule ip nat out oifname net0 masquerade" +
                (" fully-random" if symmetric else "") +
                # Nobody comes in unasked, and leaves no trace of it.
                "; add chain ip nat in "
                "{ type filter hook input priority 0; }; "
                "add rule ip nat in iifname net0 ct state new drop")
        host = self.space()
        plug(nat, "net1", host, "net0")
        nat.run("ip", "addr", "add", f"{net}.1/24", "dev", "net1")
        nat.run("ip", "link", "set", "net1", "up")
        host.run("ip", "addr", "add", f"{net}.2/24", "dev", "net0")
        host.run("ip", "link", "set", "net0", "up")
        host.run("ip", "route", "add", "default", "via", f"{net}.1")
        return host

    def close(self):
        for s in reversed(self.spaces):
            s.close()
