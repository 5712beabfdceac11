#!/usr/bin/python3
"""Counts the test cases of one `bazel test` run.

  test_summary.py EVENTS.json [CHECK=PASSED|FAILED ...]

EVENTS.json is what --build_event_json_file wrote; each CHECK is one more case
that ran outside of Bazel. Prints a line for each target that did not pass and
ends with "N passed, N failed, N skipped". Ends with 1 if any failed or none
ran.
"""
import json
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree


def read_results(path):
    """Returns ({(label, run, shard): result}, whether the build succeeded)."""
    results, success = {}, False
    with open(path, encoding="utf-8") as events:
        for line in events:
            event = json.loads(line)
            if "testResult" in event:
                key = event["id"]["testResult"]
                results[key["label"], key.get("run", 1), key.get("shard", 1)] = event["testResult"]
            if "finished" in event:
                success = event["finished"].get("overallSuccess", False)
    return results, success


def count_cases(result):
    """Returns (passed, failed, skipped) of one target's shard."""
    files = [output["uri"] for output in result.get("testActionOutput", [])
             if output["name"] == "test.xml"]
    passed = failed = skipped = 0
    if files:
        root = ElementTree.parse(urllib.parse.urlparse(files[0]).path).getroot()
        for case in root.iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
            elif case.find("skipped") is not None or case.get("status") == "notrun":
                skipped += 1
            else:
                passed += 1
    if result["status"] not in ("PASSED", "FLAKY") and not failed:
        failed = 1  # It crashed or ran out of time.
    return passed, failed, skipped


def main():
    results, success = read_results(sys.argv[1])
    passed = failed = skipped = 0
    for (label, _, shard), result in sorted(results.items()):
        counts = count_cases(result)
        passed, failed, skipped = (a + b for a, b in zip((passed, failed, skipped), counts))
        if counts[1]:
            print(f"FAILED {label} (shard {shard}): {counts[1]} failed")
    for check in sys.argv[2:]:
        name, _, status = check.partition("=")
        if status == "PASSED":
            passed += 1
        else:
            failed += 1
            print(f"FAILED {name}")
    if not success and not failed:
        print("FAILED the build: see above")
        failed = 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
