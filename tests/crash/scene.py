"""The base class of every scene, and the start that many have in common."""


class Scene:
    """One performance of a scene."""
    independent = False         # several senders act at once: only the order of each one's messages is compared
    # how many messages there are, and which of them are discarded, depends on the kernel: check() has the rules
    outcome_varies = False

    def prepare(self, stage):
        pass

    def play(self, stage):
        raise NotImplementedError

    def check(self, outcomes):
        """Checks the rules of this scene at the end; `outcomes` are its messages in the log, id: (discarded, text)."""

    def plain(self, role, lines):
        """The lines of a role's transcript that are the same in every performance."""
        return lines


class Three(Scene):
    def prepare(self, stage):
        self.ann, self.ben, self.cid = (stage.connect(role, name) for role, name in (("A", "Ann"), ("B", "Ben"), ("C", "Cid")))
