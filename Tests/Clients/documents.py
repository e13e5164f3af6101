"""Runs the snippets of docs/clients.md whose language is at hand: each must put an event of its source into the store.

    documents.py BINARY DOCUMENT
"""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import quote

from cairn import Store, free_port

SOCKET = "/run/cairn/shop.sock"
PORT = "127.0.0.1:8080"
# By the word after the fence: the name of the file, the program that has to be there, and the commands.
LANGUAGES = {
    "sh": ("snippet.sh", "curl", [["bash", "snippet.sh"]]),
    "python": ("snippet.py", None, [[sys.executable, "snippet.py"]]),
    "js": ("snippet.cjs", "node", [["node", "snippet.cjs"]]),
    "java": ("Send.java", "javac", [["javac", "Send.java"], ["java", "Send"]]),
    "go": ("main.go", "go", [["go", "mod", "init", "snippet"], ["go", "mod", "tidy"], ["go", "run", "."]]),
}


def snippets(document):
    """The language and text of each fenced block."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", Path(document).read_text(), re.MULTILINE | re.DOTALL)


def main(binary, document):
    store = Store(binary)
    problems, expected, skipped = [], [], Counter()
    try:
        port = free_port()
        store.serve("--listen", f"127.0.0.1:{port}")
        for number, (language, text) in enumerate(snippets(document), 1):
            name, program, commands = LANGUAGES.get(language, (None, None, None))
            if name is None or (program and not shutil.which(program)):
                skipped[language] += 1
                continue
            source = f"snippet {number} ({language})"
            for old, new in [
                (SOCKET, store.socket), (quote(SOCKET, safe=""), quote(store.socket, safe="")),
                (PORT, f"127.0.0.1:{port}"), ("WRITE_KEY", store.key(source)),
            ]:
                text = text.replace(old, new)
            folder = store.folder / str(number)
            folder.mkdir()
            (folder / name).write_text(text)
            for command in commands:
                done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
                if done.returncode != 0:
                    problems.append(f"{source}: {done.stderr or done.stdout}")
                    break
            expected.append(source)
        store.stop()
        counts = Counter(json.loads(line)["source"] for line in store.events())
        problems += [f"{source}: none of its events is on record" for source in expected if not counts[source]]
        without = ", ".join(f"{count} {language}" for language, count in sorted(skipped.items()))
        print("\n".join(problems or [f"{document}: {len(expected)} snippets run; without their language: {without}"]))
        return 1 if problems or not expected else 0
    finally:
        store.close()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
