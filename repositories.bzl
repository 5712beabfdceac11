"""What libmailsec is built with, for its own WORKSPACE and for those of others."""

# Folders of third_party/ by the name of their repository. Each has the labels of
# the upstream project, over a Debian package (tools/packages.txt says which).
_SHIMS = {
    "boost": "boost",
    "com_github_google_benchmark": "benchmark",
    "com_google_absl": "abseil",
    "com_google_googletest": "googletest",
    "jemalloc": "jemalloc",
    "libidn2": "idn2",
    "libpsl": "psl",
    "pybind11": "pybind11",
    "remote_coverage_tools": "cov",
    "rules_cc": "rules_cc",
    "sqlite": "sqlite",
    "unbound": "unbound",
}

# Headers of Debian packages, with a BUILD file of third_party/.
_HEADERS = {
    "boringssl": "/usr/include/android",
    "com_google_protobuf": "/usr/include",
    "python3": "/usr/include/python3.11",
}

# What Bazel 4 would otherwise download.
_RULES = {
    "bazel_skylib": "/usr/share/bazel/tools/skylib",
    "rules_java": "/usr/share/bazel/rules/java",
    "rules_proto": "/usr/share/bazel/rules/proto",
}

def mailsec_repositories(root = "", replaced = []):
    """Declares the repositories that libmailsec's BUILD files name.

    Args:
      root: The folder of libmailsec, absolute or from the workspace that calls;
        empty if that is libmailsec itself.
      replaced: Names of repositories that the caller declares itself, such as
        com_google_absl from its real source. No BUILD file has to change.
    """
    prefix = root + "/" if root else ""
    build_files = "@mailsec//third_party:" if root else "//third_party:"
    for name, folder in _SHIMS.items():
        if name not in replaced:
            native.local_repository(
                name = name,
                path = prefix + "third_party/" + folder,
            )
    for name, path in _HEADERS.items():
        build_file = name.split("_")[-1] + ".BUILD"
        if name not in replaced:
            native.new_local_repository(
                name = name,
                build_file = build_files + build_file,
                path = path,
            )
    for name, path in _RULES.items():
        if name not in replaced:
            native.local_repository(name = name, path = path)
