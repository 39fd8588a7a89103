"""Reads the shared memory of a running server, for what cannot be seen on the wire: slots in use, and records that
wait.

Mirrors services/shared/memory/segment_layout.h, queue_words.h, client_table.h, ledger.h and slot_notes.h, and fails if
their sizes differ from these.
"""
import ctypes
import mmap
import os

U8, U32, U64 = ctypes.c_uint8, ctypes.c_uint32, ctypes.c_uint64
UNUSED, CONNECTED, DEPARTED, CLOSED = range(4)
CLEAN, SOMETHING_UNSENT = 1, 2      # what a note says about the end of writing to a client
FIRST_LEDGER_BYTES = 1024       # in the page in which a ring begins


class Part(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char * 16), ("offset", U64), ("rows", U64), ("row_size", U64), ("version", U64)]


class Header(ctypes.Structure):
    _fields_ = [("magic", ctypes.c_char * 8), ("major", U32), ("minor", U32), ("program", ctypes.c_char * 32), ("id", U64), ("total", U64), ("part_count", U32), ("sizes_size", U32),
                ("sizes", U8 * 256), ("parts", Part * 32)]

    def part(self, name):
        """The directory entry of a part."""
        return next(part for part in self.parts[:self.part_count] if part.name == name.encode())

    def ledger_size(self):
        """Bytes of the ledger that precedes the ring in a row of the outboxes."""
        ring = int.from_bytes(bytes(self.sizes[16:24]), "little")
        return self.part("outboxes").row_size - ring - (4096 - FIRST_LEDGER_BYTES)


class Words(ctypes.Structure):
    _fields_ = [("tail", U64), ("_1", U64 * 7), ("checkpoint", U64), ("sequence", U64), ("sessions_logged", U64), ("_2", U64 * 5),
                ("head", U64), ("_3", U64 * 7), ("logged", U64), ("_4", U64 * 7)]


class Row(ctypes.Structure):
    _fields_ = [("generation", U32), ("client_id", U32), ("session", U64), ("connected_at", U64), ("cookie", U64), ("changed_by", U64), ("leaving_end", U64),
                ("state", U8), ("rest", U8 * 255)]


class OutboxEnd(ctypes.Structure):
    _fields_ = [("tail", U64), ("base", U64), ("generation", U64), ("entries", U64), ("unused", U64)]


class Slot(ctypes.Structure):
    _fields_ = [("rows", Row * 2), ("row_index", U64), ("_1", U64 * 3), ("parsed", U64), ("inbox_base", U64), ("_2", U64 * 6),
                ("outboxes", OutboxEnd * 2), ("commit", U64), ("written", U64), ("gave_up_at", U64), ("gave_up_why", U64), ("ended", U64), ("_3", U64 * 9)]


def read_note(word, about):
    """What a word says about one client, identified by its generation, or about one file, identified by its id; None if
    it is about another one."""
    return word & 0xff if word >> 8 == about else None


class SharedSegment:
    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            self.memory = mmap.mmap(file.fileno(), size, prot=mmap.PROT_READ)
        header = Header.from_buffer_copy(self.memory)
        slots = header.part("slots")
        assert header.magic == b"chatseg\n" and slots.row_size == ctypes.sizeof(Slot), "the layout of shared memory is another than in this file"
        self.slot_count, self.slots_at = slots.rows, slots.offset
        self.words_at = header.part("words").offset
        self.outboxes = header.part("outboxes")

    def words(self):
        return Words.from_buffer_copy(self.memory, self.words_at)

    def is_delivered_and_logged(self):
        """Whether every record is applied, fanned out, and in the table of messages."""
        words = self.words()
        return words.tail == words.checkpoint == words.head == words.logged

    def busy_slots(self):
        """The numbers of the slots that cannot be given to a new client."""
        words = self.words()
        return [number for number, slot in enumerate(self._slots()) if slot.row_index and not self._is_free(slot, words)]

    def unsent_bytes(self, client_id):
        """Bytes that wait in the outbox of a connected client because the kernel takes no more."""
        [slot] = [slot for slot in self._slots() if (row := slot.rows[slot.row_index & 1]).client_id == client_id and row.state == CONNECTED]
        return slot.outboxes[slot.commit & 1].tail - slot.written

    def outbox_memory(self, client_id):
        """Bytes of memory that back the outbox of a client that has left, as long as its slot has no other client."""
        [number] = [number for number, slot in enumerate(self._slots()) if (row := slot.rows[slot.row_index & 1]).client_id == client_id and row.state in (DEPARTED, CLOSED)]
        at = self.outboxes.offset + number * self.outboxes.row_size
        end, backed = at + self.outboxes.row_size, 0
        with open(self.path, "rb") as file:
            while at < end:
                try:
                    at = min(os.lseek(file.fileno(), at, os.SEEK_DATA), end)
                except OSError:         # no data from here on
                    break
                hole = min(os.lseek(file.fileno(), at, os.SEEK_HOLE), end)
                backed, at = backed + hole - at, hole
        return backed

    def _slots(self):
        return (Slot * self.slot_count).from_buffer_copy(self.memory, self.slots_at)

    @staticmethod
    def _is_free(slot, words):
        row = slot.rows[slot.row_index & 1]
        if row.state in (UNUSED, CONNECTED):
            return row.state == UNUSED
        ending = read_note(slot.ended, row.generation)
        if ending is None or (ending != CLEAN and row.state != CLOSED):
            return False
        return words.head >= row.leaving_end and words.logged >= row.leaving_end
