// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The discrete Fourier transform of complex series of one length, with everything it needs prepared.
///
/// Powers of two go by decimation in time (J. W. Cooley and J. W. Tukey, "An algorithm for the machine
/// calculation of complex Fourier series", Mathematics of Computation 19, 1965); other lengths as a
/// convolution with a chirp (L. I. Bluestein, "A linear filtering approach to the computation of
/// discrete Fourier transform", IEEE Transactions on Audio and Electroacoustics 18, 1970). Real and
/// imaginary parts are arrays of their own. Owned by one thread; nothing is allocated after `init`.
final class FourierPlan {
    let length: Int
    private let order: [Int32]
    private let cosines: [Double]
    private let sines: [Double]
    private let chirp: Chirp?

    private final class Chirp {
        let inner: FourierPlan
        let cosines: [Double]
        let sines: [Double]
        var filterReal: [Double]
        var filterImaginary: [Double]
        var real: [Double]
        var imaginary: [Double]

        init(_ length: Int) {
            var size = 1
            while size < 2 * length - 1 { size *= 2 }
            inner = FourierPlan(size)
            // The square grows beyond what an angle keeps its digits for; the angle repeats.
            let angles = (0..<length).map { index in
                Double.pi * Double((index * index) % (2 * length)) / Double(length)
            }
            cosines = angles.map { cos($0) }
            sines = angles.map { sin($0) }
            filterReal = Array(repeating: 0, count: size)
            filterImaginary = filterReal
            real = filterReal
            imaginary = filterReal
            for index in 0..<length {
                filterReal[index] = cosines[index]
                filterImaginary[index] = sines[index]
                guard index > 0 else { continue }
                filterReal[size - index] = cosines[index]
                filterImaginary[size - index] = sines[index]
            }
            filterReal.withUnsafeMutableBufferPointer { real in
                filterImaginary.withUnsafeMutableBufferPointer { imaginary in
                    inner.transform(real, imaginary)
                }
            }
        }
    }

    /// Prepares transforms of `length` numbers, which is positive.
    init(_ length: Int) {
        self.length = max(1, length)
        guard length > 1, length & (length - 1) == 0 else {
            order = []
            cosines = []
            sines = []
            chirp = length > 1 ? Chirp(length) : nil
            return
        }
        chirp = nil
        let bits = length.trailingZeroBitCount
        order = (0..<length).map { index in
            var rest = index
            var turned = 0
            for _ in 0..<bits {
                turned = turned << 1 | rest & 1
                rest >>= 1
            }
            return Int32(truncatingIfNeeded: turned)
        }
        // The factors of each stage stand side by side: those of length 2, 4, 8, …
        var cosines: [Double] = []
        var sines: [Double] = []
        var half = 1
        while half < length {
            for index in 0..<half {
                let angle = -Double.pi * Double(index) / Double(half)
                cosines.append(cos(angle))
                sines.append(sin(angle))
            }
            half *= 2
        }
        self.cosines = cosines
        self.sines = sines
    }

    /// Replaces `length` complex numbers by their transform.
    func transform(
        _ real: UnsafeMutableBufferPointer<Double>,
        _ imaginary: UnsafeMutableBufferPointer<Double>
    ) {
        if let chirp { return transform(real, imaginary, by: chirp) }
        for index in 0..<order.count {
            let other = Int(order[index])
            if index < other {
                real.swapAt(index, other)
                imaginary.swapAt(index, other)
            }
        }
        cosines.withUnsafeBufferPointer { cosines in
            sines.withUnsafeBufferPointer { sines in
                butterflies(real, imaginary, cosines, sines)
            }
        }
    }

    private func butterflies(
        _ real: UnsafeMutableBufferPointer<Double>,
        _ imaginary: UnsafeMutableBufferPointer<Double>,
        _ cosines: UnsafeBufferPointer<Double>,
        _ sines: UnsafeBufferPointer<Double>
    ) {
        var half = 1
        while half < length {
            let factors = half - 1
            for start in stride(from: 0, to: length, by: 2 * half) {
                for index in 0..<half {
                    let (low, high) = (start + index, start + index + half)
                    let (cosine, sine) = (cosines[factors + index], sines[factors + index])
                    let turnedReal = real[high] * cosine - imaginary[high] * sine
                    let turnedImaginary = real[high] * sine + imaginary[high] * cosine
                    real[high] = real[low] - turnedReal
                    imaginary[high] = imaginary[low] - turnedImaginary
                    real[low] += turnedReal
                    imaginary[low] += turnedImaginary
                }
            }
            half *= 2
        }
    }

    private func transform(
        _ real: UnsafeMutableBufferPointer<Double>,
        _ imaginary: UnsafeMutableBufferPointer<Double>,
        by chirp: Chirp
    ) {
        let size = chirp.inner.length
        chirp.real.withUnsafeMutableBufferPointer { innerReal in
            chirp.imaginary.withUnsafeMutableBufferPointer { innerImaginary in
                innerReal.update(repeating: 0)
                innerImaginary.update(repeating: 0)
                for index in 0..<length {
                    let (cosine, sine) = (chirp.cosines[index], -chirp.sines[index])
                    innerReal[index] = real[index] * cosine - imaginary[index] * sine
                    innerImaginary[index] = real[index] * sine + imaginary[index] * cosine
                }
                chirp.inner.transform(innerReal, innerImaginary)
                // The way back is the way there with the parts exchanged.
                for index in 0..<size {
                    let (a, b) = (innerReal[index], innerImaginary[index])
                    let (c, d) = (chirp.filterReal[index], chirp.filterImaginary[index])
                    innerReal[index] = a * c - b * d
                    innerImaginary[index] = a * d + b * c
                }
                chirp.inner.transform(innerImaginary, innerReal)
                let scale = 1 / Double(size)
                for index in 0..<length {
                    let (cosine, sine) = (chirp.cosines[index], -chirp.sines[index])
                    let (a, b) = (innerReal[index] * scale, innerImaginary[index] * scale)
                    real[index] = a * cosine - b * sine
                    imaginary[index] = a * sine + b * cosine
                }
            }
        }
    }
}
