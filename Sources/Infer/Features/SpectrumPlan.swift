// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How the mean square of real series of one length is spread over frequencies.
///
/// Number k, from 0 to half the length, is the mean square of the part that turns k times over the
/// series, without a taper: 2\|X(k)\|² / n², and \|X(k)\|² / n² at both ends of the scale (the upper
/// one only where n is even). Together they are the mean of x² (Parseval). Series of even length go
/// through a complex transform of half of it. Owned by one thread.
final class SpectrumPlan {
    let length: Int
    /// How many numbers a spectrum has.
    var count: Int { length / 2 + 1 }

    private let isHalved: Bool
    private let fourier: FourierPlan
    private var real: [Double]
    private var imaginary: [Double]
    private let cosines: [Double]
    private let sines: [Double]

    init(_ length: Int) {
        self.length = max(1, length)
        isHalved = self.length.isMultiple(of: 2)
        let inner = isHalved ? self.length / 2 : self.length
        fourier = FourierPlan(inner)
        real = Array(repeating: 0, count: inner)
        imaginary = real
        let angles = isHalved ? (0...inner).map { -Double.pi * Double($0) / Double(inner) } : []
        cosines = angles.map { cos($0) }
        sines = angles.map { sin($0) }
    }

    /// Writes the spectrum of `series`, which has `length` numbers, to the `count` places at `power`.
    func spectrum(
        of series: UnsafeBufferPointer<Double>,
        into power: UnsafeMutablePointer<Double>
    ) {
        real.withUnsafeMutableBufferPointer { real in
            imaginary.withUnsafeMutableBufferPointer { imaginary in
                if isHalved {
                    for index in 0..<length / 2 {
                        real[index] = series[2 * index]
                        imaginary[index] = series[2 * index + 1]
                    }
                } else {
                    for index in 0..<length {
                        real[index] = series[index]
                        imaginary[index] = 0
                    }
                }
                fourier.transform(real, imaginary)
                let scale = 1 / (Double(length) * Double(length))
                for index in 0..<count {
                    let square =
                        isHalved
                        ? joined(real, imaginary, index)
                        : real[index] * real[index] + imaginary[index] * imaginary[index]
                    let isEnd = index == 0 || (isHalved && index == length / 2)
                    power[index] = square * (isEnd ? scale : 2 * scale)
                }
            }
        }
    }

    /// \|X(k)\|² from the transform of the even numbers as real and the odd ones as imaginary parts.
    @inline(__always)
    private func joined(
        _ real: UnsafeMutableBufferPointer<Double>,
        _ imaginary: UnsafeMutableBufferPointer<Double>,
        _ index: Int
    ) -> Double {
        let half = length / 2
        let (low, high) = (index % half, (half - index) % half)
        let evenReal = (real[low] + real[high]) / 2
        let evenImaginary = (imaginary[low] - imaginary[high]) / 2
        let oddReal = (imaginary[low] + imaginary[high]) / 2
        let oddImaginary = (real[high] - real[low]) / 2
        let (cosine, sine) = (cosines[index], sines[index])
        let sumReal = evenReal + oddReal * cosine - oddImaginary * sine
        let sumImaginary = evenImaginary + oddReal * sine + oddImaginary * cosine
        return sumReal * sumReal + sumImaginary * sumImaginary
    }
}
