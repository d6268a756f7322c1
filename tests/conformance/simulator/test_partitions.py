# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Admin partitions: make, switch, save, remove."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

POLICY = {"name": "p", "rule": "TRUE", "action": "NOOP"}


@pytest.fixture
def divided(box: Any) -> Any:
    assert box.post("nspartition", {"partitionname": "p1"}).status == 201
    return box


def switch(box: Any, name: str) -> Any:
    return box.post("nspartition", {"partitionname": name}, "?action=Switch")


@pytest.mark.fact("partition-list")
def test_partitions_are_listed(divided: Any, with_switches: Callable[..., Any]) -> None:
    """Defaults and typing (NITRO reference; collection issue 310); partitiontype marks the session's own partition."""
    rows = divided.rows("nspartition")
    assert [(row["partitionname"], row.get("partitiontype")) for row in rows] == [
        ("default", "Current Partition"), ("p1", None),
    ]  # fmt: skip
    assert rows[1] == {
        "partitionname": "p1", "maxbandwidth": "10240", "minbandwidth": "10240", "maxconn": "1024", "maxmemlimit": 10,
        "partitionid": "1",
    }  # fmt: skip
    assert with_switches(partition_list_has_default=False).box().rows("nspartition") == []


@pytest.mark.fact("partition-switch")
def test_switch_applies_to_the_session(lab: Any, divided: Any) -> None:
    """Switch changes the partition of the session (telegraf issue 11536), case-sensitive (NITRO reference)."""
    other = lab.box()
    assert divided.post("nspartition", {"partitionname": "p1"}, "?action=switch").code == 1240
    assert switch(divided, "p1").status == 200
    assert divided.post("responderpolicy", POLICY).status == 201
    assert other.rows("responderpolicy") == []
    assert divided.rows("systemsession")[0]["partitionname"] == "p1"
    assert [row["partitiontype"] for row in divided.rows("nspartition")] == ["Default Partition", "Current Partition"]
    assert switch(divided, "default").status == 200
    assert divided.rows("responderpolicy") == []
    assert switch(divided, "nope").code == 2755


@pytest.mark.fact("partition-switch-in-headers")
def test_switch_with_credentials_in_headers_is_useless(lab: Any, divided: Any) -> None:
    """The session of such a call ends with it (telegraf issue 11536)."""
    client = lab.client(X_NITRO_USER="nsroot", X_NITRO_PASS="nsroot")
    assert switch(client, "p1").status == 200
    client.post("responderpolicy", POLICY)
    assert divided.rows("responderpolicy")


@pytest.mark.fact("partition-saved-alone")
def test_each_partition_is_saved_for_itself(lab: Any, divided: Any) -> None:
    """save applies to the session's partition, all:true to all; /nsconfig/partitions/<p>/ns.conf (command reference)."""
    divided.post("nsconfig", {}, "?action=save")
    switch(divided, "p1")
    divided.post("responderpolicy", POLICY)
    assert divided.get("nsconfig").json["nsconfig"]["configchanged"] is True
    switch(divided, "default")
    assert divided.get("nsconfig").json["nsconfig"]["configchanged"] is False
    divided.post("nsconfig", {}, "?action=save")
    inside = lab.simulator.appliance("gw").state()["nodes"][0]["partitions"]["p1"]
    assert (inside["saved"], inside["configchanged"]) == ({}, True)
    assert divided.post("nsconfig", {"all": True}, "?action=save").status == 200
    row = divided.rows("systemfile/ns.conf?args=filelocation:%2Fnsconfig%2Fpartitions%2Fp1")[0]
    assert b"add responder policy p TRUE NOOP" in base64.b64decode(row["filecontent"])
    lab.simulator.appliance("gw").reboot()
    box = lab.box()
    switch(box, "p1")
    assert box.rows("responderpolicy")[0]["name"] == "p"


def test_refused_partitions(lab: Any, divided: Any) -> None:
    """2753, 2755, 2757, 2758 and 2760 (error list, partition section)."""
    assert divided.post("nspartition", {"partitionname": "p1"}).code == 2753
    assert divided.post("nspartition", {"partitionname": "default"}).code == 2754
    assert divided.delete("nspartition/default").code == 2758
    assert divided.delete("nspartition/nope").code == 2755
    other = lab.box()
    switch(other, "p1")
    assert divided.delete("nspartition/p1").code == 2757
    assert other.post("nspartition", {"partitionname": "p2"}).code == 2760
    switch(other, "default")
    assert divided.delete("nspartition/p1").status == 200
    assert lab.simulator.appliance("gw").state()["nodes"][0]["partitions"] == {}


def test_limits_can_be_set(divided: Any) -> None:
    """set and unset of the four limits (NITRO reference)."""
    assert divided.put("nspartition", {"partitionname": "p1", "maxconn": 2048}).status == 200
    assert divided.rows("nspartition/p1")[0]["maxconn"] == "2048"
    assert divided.post("nspartition", {"partitionname": "p1", "maxconn": True}, "?action=unset").status == 200
    assert divided.rows("nspartition/p1")[0]["maxconn"] == "1024"


def test_partitions_are_propagated(lab: Any) -> None:
    """Changes in a partition are propagated to the secondary's partition (product docs, HA and admin partitions)."""
    box = lab.box("pair")
    box.post("nspartition", {"partitionname": "p1"})
    switch(box, "p1")
    assert box.post("responderpolicy", POLICY).status == 201
    assert box.post("nsconfig", {}, "?action=save").status == 200
    first, second = (node["partitions"]["p1"] for node in lab.simulator.appliance("pair").state()["nodes"])
    assert first == second
    assert second["saved"]["responderpolicy"]


@pytest.mark.fact("partition-files")
def test_files_of_a_partition(divided: Any) -> None:
    """In a partition /var/tmp/ stands for /var/partitions/<p>/tmp (provider issue 1141)."""
    switch(divided, "p1")
    content = base64.b64encode(b"x").decode()
    row = {"filename": "a", "filelocation": "/var/partitions/p1/tmp", "filecontent": content}
    assert divided.post("systemfile", row).status == 201
    found = divided.rows("systemfile/a?args=filelocation:%2Fvar%2Fpartitions%2Fp1%2Ftmp")[0]
    assert found["filelocation"] == "/var/tmp/"
    assert divided.rows("systemfile/a?args=filelocation:%2Fvar%2Ftmp")[0]["filecontent"] == content
    switch(divided, "default")
    assert divided.get("systemfile/a?args=filelocation:%2Fvar%2Ftmp").code == 3441


@pytest.mark.fact("partition-features")
@pytest.mark.parametrize("inherited", [False, True])
def test_features_of_a_partition(with_switches: Callable[..., Any], inherited: bool) -> None:
    """Its own features, or also those of the default partition: no source for a new partition."""
    box = with_switches(partitions_inherit_features=inherited).box()
    box.post("nspartition", {"partitionname": "p1"})
    switch(box, "p1")
    assert ("RESPONDER" in box.get("nsfeature").json["nsfeature"].get("feature", [])) is inherited
    assert box.get("nsfeature").json["nsfeature"]["responder"] is inherited
    assert box.post("responderpolicy", POLICY, "?warning=yes").status == (201 if inherited else 209)
    box.post("nsfeature", {"feature": ["RESPONDER", "REWRITE"]}, "?action=enable")
    assert {"RESPONDER", "REWRITE"} <= set(box.get("nsfeature").json["nsfeature"]["feature"])
    switch(box, "default")
    assert "REWRITE" not in box.get("nsfeature").json["nsfeature"]["feature"]
