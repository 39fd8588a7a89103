"""What every scene is, and the start that many have in common."""


class Scene:
    """One performance of a scene."""
    independent = False         # several senders act at once: only the order of what comes from one of them is compared
    outcome_varies = False      # how many messages there are, and which of them are discarded, depends on the kernel: check() says what must hold

    def prepare(self, stage):
        pass

    def play(self, stage):
        raise NotImplementedError

    def check(self, outcomes):
        """Rules of this scene alone, when all is over; `outcomes` are its messages in the log, id: (discarded, text)."""

    def plain(self, role, lines):
        """Those lines of a role's transcript that are the same in every performance."""
        return lines


class Three(Scene):
    def prepare(self, stage):
        self.ann, self.ben, self.cid = (stage.enters(role, name) for role, name in (("A", "Ann"), ("B", "Ben"), ("C", "Cid")))
