// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// How the command ends: a closed list, of which each has its section in the guide of errors.
///
/// Beyond 2 they are those of sysexits.h, where it has one.
enum ExitStatus: Int32, CaseIterable {
    /// All went well.
    case success = 0
    /// What was asked for did not come about.
    case failure = 1
    /// The answer is no.
    case refused = 3
    /// The command line is wrong (EX_USAGE); ArgumentParser ends with it.
    case usage = 64
    /// The data are not what they should be (EX_DATAERR).
    case badData = 65
    /// A service that is needed is not there (EX_UNAVAILABLE).
    case unavailable = 69
    /// The configuration, a model or a policy is wrong (EX_CONFIG).
    case configuration = 78

    /// What a verb throws to end with it.
    var code: ExitCode { ExitCode(rawValue) }
}
