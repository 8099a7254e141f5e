// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings

/// Holding `detections` of `model.yaml` against the model itself.
extension OnnxSpec {
    /// The outputs of an object detector, and how they are read.
    func detector(_ spec: Detections, _ fit: OutputFit) -> OnnxAnswer? {
        let outputs = fit.session.outputs
        if spec.boxes == nil, outputs.count > 1 {
            spec.node.problem(
                "`detections` does not say which output has the boxes",
                hint: "`boxes: NAME`; the model has \(Self.listed(outputs.map(\.name)))"
            )
            return nil
        }
        let names = [spec.boxes ?? (outputs[0].name, spec.node), spec.scores, spec.classes]
        var found: [OnnxOutput?] = []
        for name in names {
            guard let name else {
                found.append(nil)
                continue
            }
            guard let output = detectorOutput(name.name, name.node, fit) else { return nil }
            found.append(output)
        }
        // Boxes in a table of their own: the whole run is one image.
        if let index = found[0]?.index, outputs[index].dimensions.count == 2 {
            guard fit.batch.maximum == 1 else {
                spec.node.problem(
                    "output `\(outputs[index].name)` has no row for each image",
                    hint: "say `max_batch: 1`: a run is about one image"
                )
                return nil
            }
            for place in found.indices { found[place] = found[place]?.asWhole(outputs) }
        }
        guard let boxes = found[0] else { return nil }
        let named = labels.isEmpty ? fit.file.labels(count: nil) ?? [] : labels
        guard let layout = layout(spec, boxes, labels: named.count),
            let size = size(spec, layout, fit)
        else { return nil }
        let columns = found[1]?.rowDimensions?.last
        let reading = DetectionReader(
            labels: named,
            layout: layout,
            format: spec.format ?? (layout == .yolo || layout == .yolo5 ? .cxcywh : .xyxy),
            width: Double(size.width),
            height: Double(size.height),
            source: source == .probabilities
                ? .probability : columns == named.count + 1 ? .logitWithNothing : .logit,
            firstClass: spec.firstClass,
            least: spec.least,
            overlap: spec.overlap,
            most: spec.most
        )
        return .detections(reading, boxes: boxes, scores: found[1], classes: found[2])
    }

    private func detectorOutput(
        _ name: String,
        _ node: SettingsNode,
        _ fit: OutputFit
    ) -> OnnxOutput? {
        guard let index = index(of: name, at: node, among: fit.session.outputs) else { return nil }
        let shape = fit.session.outputs[index]
        guard let element = shape.element, element != .text else {
            node.problem("output `\(name)` holds no numbers")
            return nil
        }
        guard let output = fit.output(index) else {
            node.problem(
                "output `\(name)` has the shape \(shape.dimensions): no row for each image",
                hint: "say `max_batch: 1` if a run is about one image"
            )
            return nil
        }
        return output
    }

    private func layout(
        _ spec: Detections,
        _ boxes: OnnxOutput,
        labels: Int
    ) -> DetectionReader.Layout? {
        if let layout = spec.layout { return layout }
        if spec.scores != nil { return .separate }
        // One output: how many numbers a box has tells which, where the labels are named.
        let sides = Set((boxes.rowDimensions ?? []).suffix(2))
        let isYolo = labels > 0 && sides.contains(4 + labels)
        let isYolo5 = labels > 0 && sides.contains(5 + labels)
        let isFinal = boxes.rowDimensions?.last == 6
        switch (isYolo, isYolo5, isFinal) {
        case (true, false, false): return .yolo
        case (false, true, false): return .yolo5
        case (false, false, true): return .final
        default:
            spec.node.problem(
                "what the numbers of a box are cannot be told from the shape of the output",
                hint: "name `labels`, and say `layout`: `yolo` (a box, then a score for each "
                    + "class), `yolo5` (with an object's score before them), `final` (a box, its "
                    + "score, its class) or `separate` with `scores`"
            )
            return nil
        }
    }

    /// The size of the image that boxes are in; 1 by 1 where they are fractions of it.
    private func size(
        _ spec: Detections,
        _ layout: DetectionReader.Layout,
        _ fit: OutputFit
    ) -> (width: Int, height: Int)? {
        // YOLO's boxes are in pixels, unless said otherwise; others are fractions.
        if spec.isNormalised ?? (layout == .separate) { return (1, 1) }
        if let size = spec.size, size.count == 2 { return (size[0], size[1]) }
        for input in fit.inputs where input.rowDimensions.count >= 3 && input.width != nil {
            let sides = Array(input.rowDimensions.suffix(3))
            if [1, 3, 4].contains(sides[0]) { return (sides[2], sides[1]) }
            if [1, 3, 4].contains(sides[2]) { return (sides[1], sides[0]) }
        }
        spec.node.problem(
            "boxes are in pixels, and the model does not say how large its image is",
            hint: "say `size: [640, 640]`, or `normalised: true`"
        )
        return nil
    }
}
