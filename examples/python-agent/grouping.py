"""How tokens become chunks (D1)."""

GROUP_CHARS = 5

# No more than this waits for the end of a character.
MOST_CHARS = 64

ZERO_WIDTH_JOINER = "\u200d"

# Two of them are a flag.
REGIONAL_INDICATORS = "".join(map(chr, range(0x1F1E6, 0x1F200)))


class Grouping:
    """Collects tokens until 5 characters (code points) are there."""

    def __init__(self):
        self._text = ""

    def add(self, token):
        """Returns the text of a chunk that is due, or an empty one."""
        self._text += token
        chars = len(self._text)
        if chars < GROUP_CHARS or (chars < MOST_CHARS and ends_inside_character(self._text)):
            return ""
        return self.rest()

    def rest(self):
        text, self._text = self._text, ""
        return text


def ends_inside_character(text):
    """Whether the last character that a person sees surely goes on: an emoji joined to the next, half a flag."""
    if text.endswith(ZERO_WIDTH_JOINER):
        return True
    indicators = len(text) - len(text.rstrip(REGIONAL_INDICATORS))
    return indicators % 2 == 1

