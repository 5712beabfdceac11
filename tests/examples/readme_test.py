"""The README's samples are those that are built and run, and its main job."""
import os
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(os.path.abspath(__file__)).parent.parent.parent
PROGRAMS = ROOT / "examples" / "reference_server"


def squeeze(text):
    return re.sub(r"\s+", "", text)


class ReadmeTest(unittest.TestCase):
    def test_the_cpp_sample_is_the_example(self):
        readme = (ROOT / "README.md").read_text()
        sample = re.search(r"```cpp\n(.*?)```", readme, re.S).group(1)
        source = squeeze((ROOT / "examples" / "relay_decision.cc").read_text())
        for part in sample.split("\n\n"):
            lines = [line for line in part.splitlines() if line]
            for line in lines:
                self.assertIn(squeeze(line), source)

    def test_the_example_refuses_and_says_why(self):
        done = subprocess.run([str(ROOT / "examples" / "relay_decision")], capture_output=True,
                              text=True, check=True)
        self.assertIn("550 5.7.1", done.stdout)
        self.assertIn("R14", done.stdout)

    def test_the_quick_start_goes_through(self):
        done = subprocess.run([sys.executable, str(ROOT / "examples" / "quickstart.py"),
                               str(PROGRAMS / "mailsecd"), str(PROGRAMS / "mailsec")],
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("All as it should be", done.stdout)


if __name__ == "__main__":
    unittest.main()
