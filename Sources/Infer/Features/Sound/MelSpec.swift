// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How sound becomes a log-mel spectrum or cepstral coefficients.
///
/// As it is made, it is librosa's `power_to_db(feature.melspectrogram(…))` and `feature.mfcc`.
struct MelSpec: Hashable, Sendable {
    /// The scale on which bands are equally wide.
    enum Scale: Hashable, Sendable {
        /// Straight to 1 kHz and logarithmic above (Slaney, Auditory Toolbox, 1998).
        case slaney
        /// 2595 log10(1 + f / 700) (O'Shaughnessy, 1987).
        case htk
    }

    /// What stands before the first sample and after the last.
    enum Padding: Hashable, Sendable {
        /// Nothing: frames lie inside the sound.
        case none
        /// Silence: the first frame is centred on the first sample.
        case zeros
        /// The sound backwards, likewise.
        case reflection
    }

    /// What is given of a band's power.
    enum Level: Hashable, Sendable {
        case decibels
        case naturalLogarithm
        case commonLogarithm
        case power
    }

    var rate: Double
    /// Samples a frame.
    var size: Int
    /// Samples from one frame to the next.
    var hop: Int
    var bands: Int
    /// How many cepstral coefficients; nil for the bands themselves.
    var coefficients: Int?
    var low = 0.0
    var high: Double
    var scale = Scale.slaney
    /// True where the triangles have equal areas, false where they have equal heights.
    var hasEqualAreas = true
    var padding = Padding.zeros
    var level = Level.decibels
    /// How many decibels below the loudest everything is cut off; nil for not at all.
    var range: Double? = 80

    init(rate: Double, size: Int, hop: Int, bands: Int, coefficients: Int? = nil) {
        self.rate = rate
        self.size = size
        self.hop = hop
        self.bands = bands
        self.coefficients = coefficients
        high = rate / 2
    }

    /// The least power that a logarithm is taken of.
    static let leastPower = 1e-10

    /// How many rows the result has; each has a number for every frame.
    var rows: Int { coefficients ?? bands }

    /// How many frames `count` samples make; 0 where they are too few.
    func frames(of count: Int) -> Int {
        let padded = padding == .none ? count : count + size / 2 * 2
        if padding == .reflection, count <= size / 2 { return 0 }
        return count > 0 && padded >= size ? 1 + (padded - size) / hop : 0
    }

    func mel(_ hertz: Double) -> Double {
        switch scale {
        case .htk: 2_595 * log10(1 + hertz / 700)
        case .slaney:
            hertz < 1_000 ? hertz * 3 / 200 : 15 + 27 * log(hertz / 1_000) / log(6.4)
        }
    }

    func hertz(_ mel: Double) -> Double {
        switch scale {
        case .htk: 700 * (pow(10, mel / 2_595) - 1)
        case .slaney: mel < 15 ? mel * 200 / 3 : 1_000 * exp((mel - 15) * log(6.4) / 27)
        }
    }

    /// Changes what `word` means; false for a word that means nothing.
    mutating func apply(_ word: String) -> Bool {
        switch word {
        case "htk": scale = .htk
        case "equal_height": hasEqualAreas = false
        case "uncentred": padding = .none
        case "reflect": padding = .reflection
        case "ln": level = .naturalLogarithm
        case "log10": level = .commonLogarithm
        case "power": level = .power
        case "open": range = nil
        case "torchaudio":
            scale = .htk
            hasEqualAreas = false
            padding = .reflection
            if coefficients == nil { range = nil }
        default: return false
        }
        return true
    }

    static let words = [
        "htk", "equal_height", "uncentred", "reflect", "ln", "log10", "power", "open",
        "torchaudio",
    ]
}
