"""What tests of favourites share."""
import re


def select(t, name):
    """Go down the list to the row that has it."""
    t.wait_for(name)
    t.send_keys("Home")
    t.wait_for(lambda s: "▌" in s[3])
    for _ in range(40):
        at = next(i for i, line in enumerate(t.screen()) if "▌" in line)
        if name in t.screen()[at]:
            return
        t.send_keys("Down")
        t.wait_for(lambda s: "▌" in s[at + 1])
    raise AssertionError(name)


def groups(server, owner="200"):
    """{group: [contacts]} as the server keeps them, in its order."""
    found = {}
    for row in server.query(
            "SELECT g.name, m.contact FROM favourite_group g"
            " LEFT JOIN favourite_member m ON m.grp = g.id"
            " WHERE g.owner = ? ORDER BY g.position, m.position", owner):
        found.setdefault(row["name"], [])
        if row["contact"]:
            found[row["name"]].append(row["contact"])
    return found


def shown(t):
    """[(group, [names])] as the list has them."""
    rows = []
    for line in t.screen():
        line = line.split("│")[0]
        head = re.match(r"^[▌ ]([▾▸]) (.*?)  +\d+ of \d+", line)
        if head:
            rows.append((head[2], []))
            continue
        person = re.match(r"^.  [○╳◇◆▷◐●·] (\S.*?)  ", line)
        if person and rows:
            rows[-1][1].append(person[1])
    return rows
