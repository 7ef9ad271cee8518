"""Delete all conversations, after a question that says how many."""
from messages import stay, texts, wait_entries, wait_texts


def test_all(server, client):
    s = server()
    emma, other = (stay(client(), s, "200") for _ in range(2))
    agner = stay(client(), s, "201")
    for who in ("201", "202", "201"):
        emma.command("message", who, f"to {who}")
    wait_texts(s, "200", "to 201", "to 202", "to 201")
    t = emma.attach(30, 100)
    t.wait_for("Agner Erlang")
    t.send_keys(":")
    t.type("delete-conversations")
    t.send_keys("Enter")
    t.wait_for("Delete all conversations: 2, with 3 entries?")
    # What comes while one thinks is not deleted.
    agner.command("message", "200", "late")
    wait_entries(other, ("to 201", "delivered"), ("to 202", "sent"),
                 ("to 201", "delivered"), ("late", "in"))
    t.send_keys("Escape")
    t.wait_gone("Delete all")
    assert len(texts(s, "200")) == 4
    emma.command("delete-conversations", "yes")
    wait_texts(s, "200")
    wait_entries(emma)
    wait_entries(other)
    t.send_keys("F3")
    t.wait_for("No calls or messages yet.")
    # Nobody else loses anything.
    assert texts(s, "201") == ["to 201", "to 201", "late"]
    emma.command("undo")
    wait_texts(s, "200", "to 201", "to 202", "to 201", "late")
    wait_entries(other, ("to 201", "delivered"), ("to 202", "sent"),
                 ("to 201", "delivered"), ("late", "in"))
