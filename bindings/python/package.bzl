"""python_package: a Python package of sources and an extension, in one folder.

bazel-bin then holds the folder as a user would install it, so that
PYTHONPATH=$(bazel info bazel-bin)/bindings/python is enough to import it.
"""

def _python_package_impl(ctx):
    made = []
    for source in ctx.files.srcs + ctx.files.extension:
        out = ctx.actions.declare_file(ctx.label.name + "/" + source.basename)
        ctx.actions.run_shell(
            inputs = [source],
            outputs = [out],
            arguments = [source.path, out.path],
            command = 'cp -f "$1" "$2"',
            mnemonic = "PythonPackage",
        )
        made.append(out)
    files = depset(made)
    return [
        DefaultInfo(files = files, runfiles = ctx.runfiles(made)),
        PyInfo(
            transitive_sources = depset([f for f in made if f.extension == "py"]),
            imports = depset([ctx.workspace_name + "/" + ctx.label.package]),
            uses_shared_libraries = True,
            has_py3_only_sources = True,
        ),
    ]

python_package = rule(
    implementation = _python_package_impl,
    doc = "The target's name is the package's.",
    attrs = {
        "srcs": attr.label_list(allow_files = [".py", ".pyi", ".typed"]),
        "extension": attr.label(allow_files = [".so"]),
    },
    provides = [PyInfo],
)
