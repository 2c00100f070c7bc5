"""Drain as its paper gives it (He, Zhu, Zheng, Lyu: "Drain: An Online Log Parsing Approach with Fixed
Depth Tree", ICWS 2017, sections III-B to III-F), written from the paper, for the side-by-side figure.

The domain-knowledge regexes of its step 1 are left out: with only the time known there are none.
"""

WILDCARD = "<*>"


class Drain:
    def __init__(self, depth=4, similarity=0.5, children_max=100):
        self.token_layers = depth - 2  # the root, the layer of lengths and the groups are not counted here
        self.similarity = similarity
        self.children_max = children_max
        self.root = {}
        self.groups = []  # templates: lists of tokens

    def leaf(self, tokens):
        """Steps 2 and 3: by the number of tokens, then by the first tokens; a token with a digit is a wildcard."""
        node = self.root.setdefault(len(tokens), {})
        for token in tokens[:self.token_layers]:
            key = WILDCARD if any(c.isdigit() for c in token) else token
            if key not in node:
                if len(node) >= self.children_max - 1 and WILDCARD not in node:
                    node[WILDCARD] = {}
                if len(node) >= self.children_max:
                    key = WILDCARD
            node = node.setdefault(key, {})
        return node.setdefault(None, [])

    def best(self, leaf, tokens):
        """Step 4: the group with the greatest share of equal tokens; of equal ones that with more wildcards."""
        found, best = None, (-1.0, -1)
        for group in leaf:
            template = self.groups[group]
            same = sum(a == b for a, b in zip(template, tokens) if a != WILDCARD)
            score = (same / max(1, len(tokens)), template.count(WILDCARD))
            if score > best:
                found, best = group, score
        return found if best[0] >= self.similarity else None

    def feed(self, line):
        """Step 5: the group of the line, a new one if need be."""
        tokens = line.split()
        leaf = self.leaf(tokens)
        group = self.best(leaf, tokens) if tokens else (leaf[0] if leaf else None)
        if group is None:
            group = len(self.groups)
            self.groups.append(tokens)
            leaf.append(group)
            return group
        self.groups[group] = [a if a == b else WILDCARD for a, b in zip(self.groups[group], tokens)]
        return group
