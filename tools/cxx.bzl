"""cc_library and cc_binary as libmailsec's own: they say which C++ they are.

Another workspace may build libmailsec with whatever options it has itself; the
program that includes its headers says -std=c++20 of its own targets.
"""

_COPTS = ["-std=c++20"]

def cc_library(copts = [], **kwargs):
    native.cc_library(copts = _COPTS + copts, **kwargs)

def cc_binary(copts = [], **kwargs):
    native.cc_binary(copts = _COPTS + copts, **kwargs)
