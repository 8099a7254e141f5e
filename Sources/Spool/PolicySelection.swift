// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Whose undecided readings are meant.
public enum PolicySelection: Equatable, Sendable {
    /// Those of every policy.
    case all
    /// Those of these policies.
    case only(Set<String>)
    /// Those of all policies but these, policies that are gone included.
    case except(Set<String>)
}
