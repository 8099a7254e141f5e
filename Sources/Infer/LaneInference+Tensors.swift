// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

extension LaneInference {
    /// Runs an ONNX model on tensors as they are, by their names in the model.
    ///
    /// Numbers are converted to what the model takes. The outputs are those of the model's
    /// description: where labels are named, the label of each row as text, then every numeric
    /// output. Blocks while the model runs.
    public func run(
        _ reference: ModelReference,
        inputs: [Tensor]
    ) throws(OnnxError) -> [Tensor] {
        switch model(reference) {
        case nil:
            throw OnnxError(.invalidArgument, "there is no model `\(reference)`")
        case .detector:
            throw OnnxError(
                .invalidArgument,
                "`\(reference)` is a detector: it follows devices, not tensors"
            )
        case .onnx(let onnx):
            let lane = try lane(of: onnx)
            do throws(OnnxError) {
                let outputs = try lane.run(inputs)
                countRun(isEnded: false)
                return outputs
            } catch {
                if error.code != .badTensor { countRun(isEnded: error.code == .overBudget) }
                throw error
            }
        }
    }
}
