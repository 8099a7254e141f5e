// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0
//
// Tells ThreadSanitizer what `Mutex` of Swift's Synchronization does; preloaded by run.sh.
//
// Taking a free Mutex is inlined into our code, where its atomics are seen. A Mutex that another thread
// holds is taken and given back in libswiftSynchronization, on a futex, and that library is not built with
// the sanitizer: the hand-over goes unseen, and whatever the Mutex guards is reported as a race. contended.swift
// is a program without a race for which that happens. Here both slow paths are wrapped and the hand-over is
// said aloud, so nothing needs to be suppressed.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self

static void tell(const char *name, void *lock) {
    void (*call)(void *) = (void (*)(void *))dlsym(RTLD_DEFAULT, name);
    if (call) call(lock);
}

SWIFT void lock_slow(uint32_t thread, SELF) __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
SWIFT void unlock_slow(SELF) __asm__("$s15Synchronization12_MutexHandleV11_unlockSlowyyF");
SWIFT _Bool try_slow(SELF) __asm__("$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF");

SWIFT void lock_slow(uint32_t thread, SELF) {
    typedef SWIFT void real_lock(uint32_t, SELF);
    static real_lock *real;
    if (!real) real = (real_lock *)dlsym(RTLD_NEXT, "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
    real(thread, self);
    tell("__tsan_acquire", self);
}

SWIFT void unlock_slow(SELF) {
    typedef SWIFT void real_unlock(SELF);
    static real_unlock *real;
    if (!real) real = (real_unlock *)dlsym(RTLD_NEXT, "$s15Synchronization12_MutexHandleV11_unlockSlowyyF");
    tell("__tsan_release", self);
    real(self);
}

SWIFT _Bool try_slow(SELF) {
    typedef SWIFT _Bool real_try(SELF);
    static real_try *real;
    if (!real) real = (real_try *)dlsym(RTLD_NEXT, "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF");
    _Bool taken = real(self);
    if (taken) tell("__tsan_acquire", self);
    return taken;
}
