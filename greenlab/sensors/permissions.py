"""Ways to let a kernel read RAPL's counters, each for the place it fits.

Linux lets only root read `energy_uj` since CVE-2020-8694, and containers hide it. None of
this is ever done by greenlab itself: `greenlab doctor` prints it.
Source: udev(7), systemd.unit(5), docker-run(1), KubeSpawner's and DockerSpawner's reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from greenlab.sensors.rapl import ALLOW, HOST_POWERCAP, POWERCAP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greenlab.host.host import Host
    from greenlab.record import SensorStatus


class Way(NamedTuple):
    """`place`: where it fits; `lines`: what to run or write, exactly; `note`: what to know."""

    place: str
    title: str
    lines: tuple[str, ...]
    note: str


FILES: Final = f"{POWERCAP}/intel-rapl:*/energy_uj"
DEVICES: Final = "/sys/devices/virtual/powercap"
_MOUNTS: Final = {POWERCAP: HOST_POWERCAP, DEVICES: f"/host{DEVICES}"}
_GID: Final = "$(getent group energy | cut -d: -f3)"
_ON_THE_HOST: Final = (
    "On the machine itself the counters must be open to a group, too: see the way for a "
    "group there."
)

WARNING: Final = (
    "Where people share a machine and do not trust one another, know what you open: "
    "fine-grained power readings can leak what other programs do (CVE-2020-8694)."
)

WAYS: Final = (
    Way(
        "machine",
        "For you alone, until the next start",
        (f'sudo chown "$USER" {FILES}',),
        "This does not last: Linux recreates these files, for root only, at each boot.",
    ),
    Way("machine", "For everyone, until the next start", (ALLOW,), "Not lasting either."),
    Way(
        "machine",
        "For a group, for good (a rule for udev)",
        (
            "sudo groupadd --force --system energy",
            'sudo usermod --append --groups energy "$USER"',
            "sudo tee /etc/udev/rules.d/90-energy.rules <<'EOF'",
            'SUBSYSTEM=="powercap", KERNEL=="intel-rapl:*", ACTION=="add", \\',
            '  RUN+="/bin/chgrp energy /sys%p/energy_uj", \\',
            '  RUN+="/bin/chmod g+r /sys%p/energy_uj"',
            "EOF",
            "sudo udevadm control --reload",
            "sudo udevadm trigger --subsystem-match=powercap --action=add",
        ),
        "Log in again: a group counts from the next login on.",
    ),
    Way(
        "systemd",
        "For a group, for good (a unit for systemd)",
        (
            "sudo groupadd --force --system energy",
            "sudo tee /etc/systemd/system/energy-counters.service <<'EOF'",
            "[Unit]",
            "Description=Let the group energy read the energy counters",
            "[Service]",
            "Type=oneshot",
            f"ExecStart=/bin/sh -c 'chgrp energy {FILES}'",
            f"ExecStart=/bin/sh -c 'chmod g+r {FILES}'",
            "[Install]",
            "WantedBy=multi-user.target",
            "EOF",
            "sudo systemctl daemon-reload",
            "sudo systemctl enable --now energy-counters.service",
        ),
        "A service that runs Jupyter joins the group by the line SupplementaryGroups=energy "
        "in its own unit, and starts after this one by After=energy-counters.service.",
    ),
    Way(
        "container",
        "In a container (docker or podman)",
        (
            "docker run \\",
            *(f"  --volume {here}:{there}:ro \\" for here, there in _MOUNTS.items()),
            f'  --group-add "{_GID}" ...',
        ),
        f"The counters are hidden below /sys in a container, so they are shown below "
        f"/host/sys, where greenlab looks too. {_ON_THE_HOST}",
    ),
    Way(
        "dockerspawner",
        "JupyterHub with DockerSpawner (jupyterhub_config.py)",
        (
            "c.DockerSpawner.read_only_volumes = {",
            *(f'    "{here}": "{there}",' for here, there in _MOUNTS.items()),
            "}",
            'c.DockerSpawner.extra_host_config = {"group_add": ["GID"]}',
        ),
        f"GID is the number that `getent group energy` shows on the machine. {_ON_THE_HOST}",
    ),
    Way(
        "kubernetes",
        "JupyterHub on Kubernetes (KubeSpawner, jupyterhub_config.py)",
        (
            "c.KubeSpawner.volumes.extend([",
            f'    {{"name": "powercap-class", "hostPath": {{"path": "{POWERCAP}"}}}},',
            f'    {{"name": "powercap", "hostPath": {{"path": "{DEVICES}"}}}},',
            "])",
            "c.KubeSpawner.volume_mounts.extend([",
            f'    {{"name": "powercap-class", "mountPath": "{HOST_POWERCAP}",',
            '     "readOnly": True},',
            f'    {{"name": "powercap", "mountPath": "/host{DEVICES}",',
            '     "readOnly": True},',
            "])",
            "c.KubeSpawner.supplemental_gids = [GID]",
        ),
        "GID is the number of a group that may read the counters on every node: give the "
        "nodes the rule for udev with a group of that number. Where the nodes are virtual "
        "machines, as in most clouds, there are no counters.",
    ),
)


def places(host: Host) -> frozenset[str]:
    """What fits here, by the ways' `place`; nothing in a virtual machine."""
    from greenlab.host.machine import look

    if not host.linux or look(host).guest:
        return frozenset()
    hub = host.variable("JUPYTERHUB_API_URL") is not None
    if host.variable("KUBERNETES_SERVICE_HOST") is not None:
        return frozenset(("kubernetes",))
    if host.contained():
        return frozenset(("container", "dockerspawner") if hub else ("container",))
    if host.listdir("/run/systemd/system"):
        return frozenset(("machine", "systemd"))
    return frozenset(("machine",))


def fitting(host: Host, sensors: Sequence[SensorStatus]) -> tuple[Way, ...]:
    """The ways that fit this place, none where the counters are open or do not exist."""
    ours = [sensor for sensor in sensors if sensor.kind == "cpu"]
    closed = any(s.name == "rapl" and s.present and not s.available for s in ours)
    if not closed or any(s.used and s.tier == "measured" for s in ours):
        return ()
    here = places(host)
    return tuple(way for way in WAYS if way.place in here)
