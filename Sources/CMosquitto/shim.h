// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

#include <mosquitto.h>
#include <mqtt_protocol.h>
// What the poll loops need and Swift's Glibc leaves out.
#include <pthread.h>
#include <sys/eventfd.h>

// <poll.h> and <pthread.h> show these two only to _GNU_SOURCE.
static const short poll_peer_closed = 0x2000;  // POLLRDHUP
int pthread_setname_np(pthread_t thread, const char *name);
