// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// How the samples of a sound are written, one frame of all channels after the other.
public struct SoundSpec: Hashable, Sendable {
    /// How one sample is written; each becomes a number from -1 up to 1.
    public enum Encoding: String, CaseIterable, Sendable {
        /// Unsigned, 8 bits; 128 is silence.
        case u8
        /// Signed, 16 bits, the low byte first.
        case s16le
        /// Signed, 16 bits, the high byte first.
        case s16be
        /// Signed, 24 bits, the low byte first.
        case s24le
        /// Signed, 32 bits, the low byte first.
        case s32le
        /// IEEE 754, 32 bits, the low byte first; taken as it is.
        case f32le

        /// Bytes of a sample.
        public var width: Int {
            switch self {
            case .u8: 1
            case .s16le, .s16be: 2
            case .s24le: 3
            case .s32le, .f32le: 4
            }
        }
    }

    /// How a sample is written.
    public var encoding: Encoding
    /// How many channels there are, side by side.
    public var channels: Int
    /// Which channel is taken, from 1; nil for the mean of all.
    public var channel: Int?

    /// Makes a specification.
    public init(
        encoding: Encoding = .s16le,
        channels: Int = 1,
        channel: Int? = nil
    ) {
        self.encoding = encoding
        self.channels = max(1, channels)
        self.channel = channel
    }
}
