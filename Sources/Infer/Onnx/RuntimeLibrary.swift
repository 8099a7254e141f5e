// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// ONNX Runtime's library, as one looks for it before a model is loaded.
public enum RuntimeLibrary {
    /// Why there is none.
    public struct Missing: Error, Sendable {
        /// What the dynamic linker says.
        public var message: String
    }

    /// The version of the library at `path`, or of that which the dynamic linker finds.
    ///
    /// Loads it for good. Blocks.
    public static func version(path: String?) throws(Missing) -> String {
        do throws(OnnxError) {
            return try OnnxRuntime.shared(path: path).version
        } catch {
            throw Missing(message: error.message)
        }
    }
}
