"""python_test: a py_test whose file is run by pytest, with mailsec to import."""

def python_test(name, **kwargs):
    native.py_test(
        name = name,
        size = kwargs.pop("size", "small"),
        srcs = [name + ".py", "pytest_main.py"],
        main = "pytest_main.py",
        args = [name + ".py"],
        deps = ["//bindings/python:mailsec"],
        **kwargs
    )
