"""Redial: the last ten numbers, the newest first, kept until the next start; by
the built-in phone and by the one on the desk."""


def ring(emma, other, *command):
    emma.client.command(*command)
    emma.lift()
    other.wait_call("ringing-in")
    emma.client.command("hangup")
    other.wait_no_call()
    emma.wait_no_call()


def test_by_key_and_by_position(emma, agner, hedy):
    t = emma.client.attach(30, 100)
    assert emma.client.run("redial").returncode
    ring(emma, agner, "dial", "201")
    ring(emma, hedy, "dial", "202")
    assert emma.client.data("dialled") == ["202", "201"]
    t.send_keys("R")
    emma.lift()
    hedy.wait_call("ringing-in")
    t.wait_for("Hedy Lamarr 202")
    emma.client.command("hangup")
    hedy.wait_no_call()
    # Dialled again it is there once, and first.
    assert emma.client.data("dialled") == ["202", "201"]
    ring(emma, agner, "redial", "2")
    assert emma.client.data("dialled") == ["201", "202"]
    got = emma.client.run("redial", "3")
    assert got.returncode and got.stderr.strip(), got


def test_ten_are_kept_also_until_the_next_start(emma):
    numbers = [f"+4930555{n:04}" for n in range(12)]
    for number in numbers:
        emma.client.run("dial", number)
        emma.client.run("hangup")
    want = numbers[::-1][:10]
    assert emma.client.data("dialled") == want
    emma.client.quit()
    emma.client.start()
    emma.client.login(emma.server, "200")
    assert emma.client.data("dialled") == want
