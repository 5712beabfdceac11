"""What does a server cost, all of its processes together?

Reads /proc. A server's tree is its first process and all descendants; CPU time
of children that have ended is in their parent's account.
"""
import os

TICKS = os.sysconf("SC_CLK_TCK")
PAGE_OCTETS = os.sysconf("SC_PAGE_SIZE")


def _stat(pid):
    """(parent, CPU seconds with ended children, resident octets) or None."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            words = file.read().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return int(words[1]), sum(map(int, words[11:15])) / TICKS, int(words[21]) * PAGE_OCTETS


def processes(root):
    """{process id: (CPU seconds, resident octets)} of `root` and below."""
    stats = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            found = _stat(int(name))
            if found:
                stats[int(name)] = found
    children = {}
    for pid, (parent, _, _) in stats.items():
        children.setdefault(parent, []).append(pid)
    tree, todo = {}, [root]
    while todo:
        pid = todo.pop()
        if pid in stats:
            tree[pid] = stats[pid][1:]
            todo += children.get(pid, [])
    return tree


def cpu_seconds(root):
    return sum(cpu for cpu, _ in processes(root).values())


def pss_octets(root):
    """Memory with each shared page divided among those who share it."""
    total = 0
    for pid in processes(root):
        try:
            with open(f"/proc/{pid}/smaps_rollup") as file:
                total += sum(int(line.split()[1]) * 1024 for line in file
                             if line.startswith("Pss:"))
        except OSError:
            continue  # It has just ended.
    return total
