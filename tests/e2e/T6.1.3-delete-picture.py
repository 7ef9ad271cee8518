"""My picture is deleted: nobody sees it any more, at once."""
from faces import look_at, png, wait_none, wait_of

RED, RED_256 = (215, 0, 0), "160"


def test_nobody_sees_it_any_more(logged_in):
    emma = logged_in()
    agner = logged_in("201", server_=emma.server)
    (emma.home / "me.png").write_bytes(png(120, 80, RED))
    emma.command("picture", emma.home / "me.png")
    t = look_at(agner, "Emma Nutt")
    wait_of(t, "Emma Nutt", RED_256)
    emma.command("picture", "none")
    wait_none(t, "Emma Nutt")
    assert not emma.server.query("SELECT * FROM picture WHERE owner = '200'")
    # There is none any more: that is no error.
    emma.command("picture", "none")


def test_others_keep_theirs(logged_in):
    emma = logged_in()
    before = emma.server.query("SELECT owner, version FROM picture "
                               "WHERE owner <> '200' ORDER BY owner")
    emma.command("picture", "none")
    assert before and before == emma.server.query(
        "SELECT owner, version FROM picture ORDER BY owner")
