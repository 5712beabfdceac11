"""BoringSSL and OpenSSL must not meet in one process: the symbols of the one
would be taken for those of the other."""
import os
import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(os.path.abspath(__file__)).parent.parent.parent


class LinkageTest(unittest.TestCase):
    def test_nothing_of_ours_brings_openssl(self):
        for name in ("examples/reference_server/mailsecd", "bindings/python/mailsec/_mailsec.so"):
            with self.subTest(name):
                libraries = subprocess.run(["ldd", str(ROOT / name)], capture_output=True,
                                           text=True, check=True).stdout
                self.assertIn("libcrypto.so.0", libraries)
                self.assertNotIn("libssl.so.3", libraries)
                self.assertNotIn("libcrypto.so.3", libraries)


if __name__ == "__main__":
    unittest.main()
