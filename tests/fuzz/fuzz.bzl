"""fuzz_target: a libFuzzer binary under --config=fuzz, and a test that replays
its corpus under every other configuration."""

def fuzz_target(name, srcs, corpus, deps = []):
    """Declares a fuzzer.

    Args:
      name: of the test; ends in _fuzz.
      srcs: one source that defines LLVMFuzzerTestOneInput and asserts a
        property (abort() when it does not hold).
      corpus: labels of seed inputs, replayed as arguments.
      deps: libraries.
    """
    native.cc_test(
        name = name,
        size = "small",
        srcs = srcs + select({
            "//tests/fuzz:libfuzzer": [],
            "//conditions:default": ["//tests/fuzz:replay_main.cc"],
        }),
        args = ["$(locations %s)" % c for c in corpus],
        data = corpus,
        linkopts = select({
            "//tests/fuzz:libfuzzer": ["-fsanitize=fuzzer"],
            "//conditions:default": [],
        }),
        deps = deps,
    )
