// Everything that this program frees is overwritten first: secrets also pass through buffers of libraries, such as the
// JSON parser's. Only programs are built with this file.
#include "shared/system/secret.h"

#include <malloc.h>

#include <cstddef>
#include <cstdlib>
#include <new>

void* operator new(std::size_t size) {
    if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
    if (memory != nullptr) chat::wipe(memory, ::malloc_usable_size(memory));
    std::free(memory);
}

void operator delete(void* memory, std::size_t /*size*/) noexcept {
    operator delete(memory);
}
