"""German: the screen's words, its columns, and switching while it runs, in
every attached terminal at once. The program has one language; what it says
in the shell is in that language too."""
import re

import pytest

from people import add_favourite

HEADER = {
    "en": ("Favourites", "Conversations", "missed 0", "search or dial"),
    "de": ("Favoriten", "Konversationen", "verpasst 0", "suchen oder wählen"),
}
STATES = ("Büro", "Besprechung", "Krank", "Pause", "Außer Haus", "Urlaub",
          "Mittagessen", "Zu Hause", "Bitte nicht stören")


def in_language(language):
    def all_words_are_there(screen):
        return all(word in screen.text for word in HEADER[language])
    return all_words_are_there


@pytest.fixture
def german(logged_in):
    return logged_in(config="set language de")


def test_the_screen_is_german(german):
    t = german.attach(24, 80)
    t.wait_for(in_language("de"))
    for word in HEADER["en"]:
        assert word not in t.screen().text
    t.wait_for("Enter anrufen")
    t.wait_for(": Befehl")
    t.send_keys("s")
    t.wait_for("┌ Präsenz ")
    for state in STATES:
        assert re.search(rf"│ [▌ ] {state} ", t.screen().text), state
    t.wait_for("Büro gilt, bis")
    t.send_keys("Down")
    t.wait_for("Zurück wann: 14:30")
    t.send_keys("Escape")
    t.wait_gone("Präsenz ─")


def test_presence_words_are_whole_and_stand_in_columns(german, logged_in):
    hedy = logged_in(user="202", server_=german.server)
    hedy.command("presence", "meeting", "+45m")
    add_favourite(german, "Hedy Lamarr")
    t = german.attach(30, 100)
    # The time, or late in the evening the day.
    t.wait_for(re.compile(r"Hedy Lamarr +Besprechung +→ \S+ +202"))
    hedy.command("presence", "dnd")
    t.wait_for(re.compile(r"Hedy Lamarr +Bitte nicht stören +202"))
    # Header and hint fit.
    assert max(map(len, t.screen())) <= 100


def test_switching_redraws_every_terminal_at_once(logged_in):
    c = logged_in()
    a, b = c.attach(24, 80), c.attach(40, 120)
    for t in (a, b):
        t.wait_for(in_language("en"))
    b.send_keys("s")
    b.wait_for("┌ Presence ")
    a.send_keys(":")
    a.type("set language de")
    a.send_keys("Enter")
    for t in (a, b):
        t.wait_for(in_language("de"))
    # What was open is still open, in the other language.
    b.wait_for("┌ Präsenz ")
    a.wait_for("Enter anrufen")
    c.command("set", "language", "en")
    for t in (a, b):
        t.wait_for(in_language("en"))
    b.wait_for("┌ Presence ")
    assert "Präsenz" not in b.screen().text


def test_it_is_kept(logged_in):
    c = logged_in()
    c.command("set", "language", "de")
    c.quit()
    t = c.attach()
    t.wait_for("Konversationen")


def test_commands_answer_in_that_language(german):
    got = german.run("nonsense")
    assert got.returncode == 2
    assert "Den Befehl „nonsense“ gibt es nicht." in got.stderr
    # Data for programs is the same in every language.
    german.wait_status(presence="office")
    # A day is typed in German or in English.
    german.command("presence", "lunch", "morgen 9")
    german.command("presence", "lunch", "tomorrow 9")


def test_only_languages_that_there_are(german):
    got = german.run("set", "language", "fr")
    assert got.returncode != 0
    assert "en" in got.stderr and "de" in got.stderr


@pytest.mark.parametrize("environment", [
    {"LANG": "de_DE.UTF-8"}, {"LANG": "C.UTF-8", "LANGUAGE": "de"}])
def test_without_a_core_the_locale_decides(client, environment):
    c = client()
    c.env.pop("LC_ALL", None)
    got = c.run("status", env={"LC_ALL": "", **environment})
    assert got.returncode == 4
    assert "offhook läuft nicht" in got.stderr


def test_a_password_is_asked_for_in_the_cores_language(german):
    t = german.attach(args=("login", "2", "200", "@-"), env={"LANG": "C.UTF-8"})
    t.wait_for("Passwort:")
    t.hang_up()
