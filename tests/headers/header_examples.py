"""Writes a C++ test of the example at the top of each of these headers.

    header_examples.py CONTEXT OUT HEADER...

An example is what stands in the opening comment of a header, indented by three
spaces or more; a table has no line that ends in ';', '{' or '}'. Each becomes a
function in the header's namespace, which must compile. What a reader has at
hand are its parameters: CONTEXT says what `clock` or `rcpt` is, for all headers
or for one. An example without parameters that says `a == b;` is run, and that
has to be true.
"""
import re
import sys

CODE_LINE = re.compile(r"[;{}]\s*(//.*)?$", re.M)
STRING = re.compile(r'"(?:\\.|[^"\\])*"')
COMMENT = re.compile(r"//.*")
NAME = re.compile(r"(?<![\w.>:])([A-Za-z_]\w*)\b(?!\s*::)")
DECLARED = re.compile(r"(?:[\w>&*\]]\s+[*&]?|\[)(\w+)\s*(?=[=({;\[:,\]])")


def example_of(text):
    """The code in a header's opening comment; "" if there is none."""
    opening = re.match(r"(//.*\n)*", text).group()
    runs = re.findall(r"(?:^//   .*\n)+", opening, re.M)
    code = (re.sub(r"^//   ", "", run, flags=re.M) for run in runs)
    return "".join(run for run in code if CODE_LINE.search(run))


def read_context(path):
    """{header or "": {name: declaration}}"""
    context, where = {"": {}}, ""
    with open(path, encoding="utf-8") as file:
        for line in file.read().splitlines():
            if line.startswith("["):
                where = line[1:-1]
                context[where] = {}
            elif line and not line.startswith("#"):
                name = re.search(r"\(\*(\w+)\)|(\w+)(?:\[\d*\])?$", line)
                context[where][name.group(1) or name.group(2)] = line
    return context


def parameters(code, context, header):
    """The declarations of what the example uses and does not declare."""
    known = {**context[""], **context.get(header, {})}
    plain = COMMENT.sub("", STRING.sub('""', code))
    own = set(DECLARED.findall(re.sub(r"\breturn\b", "", plain)))
    own -= set(context.get(header, {}))
    return [known[name] for name in sorted(set(NAME.findall(plain)) - own) if name in known]


def statements(code):
    """Cuts at each ';' that stands in no bracket and no string."""
    plain = STRING.sub(lambda m: "_" * len(m.group()), code)
    plain = COMMENT.sub(lambda m: " " * len(m.group()), plain)
    depth, begin, found = 0, 0, []
    for i, char in enumerate(plain):
        depth += (char in "({[") - (char in ")}]")
        if char == ";" and depth == 0:
            found.append((plain[begin:i], code[begin:i]))
            begin = i + 1
    return found, code[begin:]


def with_checks(code):
    """`a == b;` becomes an expectation."""
    found, rest = statements(code)
    out = []
    for plain, statement in found:
        is_check = (" == " in plain and not re.search(r"(?<![=!<>])=(?!=)", plain)
                    and not re.match(r"\s*(if|for|while|return|else|co_\w+)\b", plain))
        out.append(f"EXPECT_TRUE(({COMMENT.sub('', statement)}))" if is_check else statement)
    return ";".join(out + [rest])


def function(index, header, text, code, context):
    room = re.search(r"^namespace ([\w:]+) \{", text, re.M).group(1)
    takes = parameters(code, context, header)
    waits = "co_await" in code
    body = with_checks(re.sub(r"\breturn;", "return {};", code))
    is_run = not takes and not waits and "EXPECT_TRUE" in body
    made = [f"// {header}", f"namespace {room} {{",
            f"{'boost::asio::awaitable<void>' if waits else 'mailsec::examples::Any'} "
            f"Example{index}({', '.join(takes)}) {{", body,
            f"{'co_return' if waits else 'return {}'};", "}", "}"]
    if is_run:
        made.append(f"TEST(HeaderExamplesTest, {re.sub(r'[^A-Za-z]', '_', header)}) "
                    f"{{ {room}::Example{index}(); }}")
    return "\n".join(made)


def main():
    context = read_context(sys.argv[1])
    headers = sorted(sys.argv[3:])
    includes = ['#include "gtest/gtest.h"', '#include "tests/headers/anything.h"']
    functions = []
    for index, header in enumerate(headers):
        with open(header, encoding="utf-8") as file:
            text = file.read()
        includes.append(f'#include "{header}"')
        if code := example_of(text):
            functions.append(function(index, header, text, code, context))
    unknown = set(context) - set(headers) - {""}
    if unknown:
        sys.exit(f"{sys.argv[1]} speaks of headers that there are not: {sorted(unknown)}")
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        out.write("// Written by header_examples.py.\n" + "\n".join(includes + functions) + "\n")


if __name__ == "__main__":
    main()
