// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Media
import Vocabulary

/// A chat completion: one question as a message, the answer held to the labels.
///
/// Source: OpenAI's API reference, "Create chat completion"; llama.cpp, vLLM, Ollama and LM Studio take the same body.
struct ChatForm: CloudForm {
    let options: ChatOptions
    let labels: AnswerLabels
    /// Left out where the address names the model.
    let model: String?

    var maximumQuestions: Int { 1 }

    func body(for questions: [Question]) throws(CallFailure) -> CloudBody {
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        writer.member("model", model)
        writer.key("messages")
        writer.beginArray()
        if let instructions = options.instructions {
            writer.beginObject()
            writer.member("role", "system")
            writer.member("content", instructions)
            writer.endObject()
        }
        try write(questions[0], to: &writer)
        writer.endArray()
        for (name, json) in options.parameters {
            writer.key(name)
            writer.raw(json)
        }
        if !has("temperature") { writer.member("temperature", 0) }
        if options.asksLogprobs, !has("logprobs") { writer.member("logprobs", true) }
        if options.isConstrained, let names = labels.names, !has("response_format") {
            writeSchema(names, to: &writer)
        }
        writer.endObject()
        return .json(writer)
    }

    func answers(in reply: CloudReply, to questions: [Question]) throws(CallFailure) -> FormAnswers
    {
        try ChatReply(labels: labels, readsLogprobs: options.asksLogprobs).answers(in: reply)
    }

    private func has(_ parameter: String) -> Bool {
        options.parameters.contains { $0.name == parameter }
    }

    private func write(_ question: Question, to writer: inout JSONWriter) throws(CallFailure) {
        let text = options.prompt.text(for: question)
        writer.beginObject()
        writer.member("role", "user")
        if let picture = options.picture {
            let png = try picture.png(of: question.outbound.tensors)
            writer.key("content")
            writer.beginArray()
            writer.beginObject()
            writer.member("type", "text")
            writer.member("text", text)
            writer.endObject()
            writer.beginObject()
            writer.member("type", "image_url")
            writer.key("image_url")
            writer.beginObject()
            writer.member("url", "data:image/png;base64," + Data(png).base64EncodedString())
            writer.endObject()
            writer.endObject()
            writer.endArray()
        } else {
            writer.member("content", text)
        }
        writer.endObject()
    }

    /// `response_format`: an object whose one member `label` is one of the labels.
    private func writeSchema(_ names: [String], to writer: inout JSONWriter) {
        writer.key("response_format")
        writer.beginObject()
        writer.member("type", "json_schema")
        writer.key("json_schema")
        writer.beginObject()
        writer.member("name", "answer")
        writer.member("strict", true)
        writer.key("schema")
        writer.beginObject()
        writer.member("type", "object")
        writer.key("properties")
        writer.beginObject()
        writer.key("label")
        writer.beginObject()
        writer.member("type", "string")
        writer.key("enum")
        writer.beginArray()
        for name in names { writer.value(name) }
        writer.endArray()
        writer.endObject()
        writer.endObject()
        writer.key("required")
        writer.raw(#"["label"]"#.utf8)
        writer.member("additionalProperties", false)
        writer.endObject()
        writer.endObject()
        writer.endObject()
    }
}

extension PictureTensor {
    /// The picture as a PNG.
    func png(of tensors: [Outbound.Tensor]) throws(CallFailure) -> [UInt8] {
        let scale = 255 / (high - low)
        let shown = tensors.first { $0.name == tensor }
        var values = shown?.values ?? []
        let (count, planes) = (width * height, [channels, height, width])
        // As most models take it, a colour after the other; a picture has a pixel after the other.
        if channels == 3, shown?.dimensions?.suffix(3) == planes[...], values.count == 3 * count {
            let colours = values
            for place in values.indices { values[place] = colours[place % 3 * count + place / 3] }
        }
        let samples = values.map { UInt8(min(max(($0 - low) * scale, 0), 255).rounded()) }
        guard
            let frame = PixelFrame(
                width: width,
                height: height,
                channels: channels,
                samples: samples
            )
        else {
            throw .badQuestion(
                "tensor `\(tensor)` has \(values.count) values, a picture of \(width) x \(height) "
                    + "with \(channels) channels has \(width * height * channels)"
            )
        }
        do {
            return try frame.png()
        } catch {
            throw .badQuestion("the picture cannot be written: \(error.message)")
        }
    }
}
