"""header_examples: a C++ test of the examples at the top of headers."""

def _header_examples_impl(ctx):
    reached = depset(transitive = [
        dep[CcInfo].compilation_context.headers
        for dep in ctx.attr.deps
    ])
    headers = [
        header
        for header in reached.to_list()
        if header.is_source and header.extension == "h" and
           header.path.startswith("mailcore/")
    ]
    out = ctx.actions.declare_file(ctx.label.name + ".cc")
    ctx.actions.run_shell(
        outputs = [out],
        inputs = headers + [ctx.file.writer, ctx.file.context],
        command = 'python3 "$@"',
        arguments = [
            ctx.file.writer.path,
            ctx.file.context.path,
            out.path,
        ] + [header.path for header in headers],
        use_default_shell_env = True,
        mnemonic = "HeaderExamples",
    )
    return [DefaultInfo(files = depset([out]))]

header_examples = rule(
    implementation = _header_examples_impl,
    attrs = {
        "context": attr.label(allow_single_file = True),
        "deps": attr.label_list(providers = [CcInfo]),
        "writer": attr.label(allow_single_file = [".py"]),
    },
    doc = "Writes NAME.cc with the examples of all headers that deps reach.",
)
