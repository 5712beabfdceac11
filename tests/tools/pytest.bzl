"""pytest_test: a py_test whose file is run by pytest."""

def pytest_test(name, srcs = [], module = False, size = "small", **kwargs):
    """Declares a test of the file NAME.py.

    Args:
      name: of the test and its file.
      srcs: what it imports from its own folder.
      module: whether it imports our Python module, mailsec.
      size: as py_test has it.
      **kwargs: as py_test has them.
    """
    native.py_test(
        name = name,
        size = size,
        srcs = [name + ".py", "//tests/tools:pytest_main.py"] + srcs,
        main = "//tests/tools:pytest_main.py",
        args = (["--module"] if module else []) +
               ["%s/%s.py" % (native.package_name(), name)],
        deps = ["//bindings/python:mailsec"] if module else [],
        **kwargs
    )
