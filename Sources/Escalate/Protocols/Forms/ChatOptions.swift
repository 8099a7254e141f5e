// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// How a chat model is asked.
public struct ChatOptions: Sendable {
    /// What the model is told first; nil for nothing.
    public var instructions: String?
    /// The question itself.
    public var prompt: QuestionTemplate
    /// The tensor that is shown as a picture; nil for none.
    public var picture: PictureTensor?
    /// True to have the server hold the answer to the labels, by a JSON schema.
    public var isConstrained: Bool
    /// True to ask for the tokens' log probabilities and take the confidence from them.
    public var asksLogprobs: Bool
    /// Members of the request as JSON, in order; each takes the place of ours of the same name.
    public var parameters: [(name: String, json: [UInt8])]
    /// The version of Azure's interface, in whose addresses the model is a deployment; nil elsewhere.
    public var azureVersion: String?

    /// Makes a set of options.
    public init(
        instructions: String? = nil,
        prompt: QuestionTemplate,
        picture: PictureTensor? = nil,
        isConstrained: Bool = true,
        asksLogprobs: Bool = true,
        parameters: [(name: String, json: [UInt8])] = [],
        azureVersion: String? = nil
    ) {
        self.instructions = instructions
        self.prompt = prompt
        self.picture = picture
        self.isConstrained = isConstrained
        self.asksLogprobs = asksLogprobs
        self.parameters = parameters
        self.azureVersion = azureVersion
    }
}

/// A tensor whose values are the pixels of a picture, row after row, channels side by side.
public struct PictureTensor: Hashable, Sendable {
    /// The tensor's name.
    public var tensor: String
    /// Pixels across.
    public var width: Int
    /// Pixels down.
    public var height: Int
    /// 1 (brightness) or 3 (red, green, blue).
    public var channels: Int
    /// The value shown as black.
    public var low: Float
    /// The value shown as white.
    public var high: Float

    /// Makes a description.
    public init(
        tensor: String,
        width: Int,
        height: Int,
        channels: Int = 1,
        low: Float = 0,
        high: Float = 255
    ) {
        self.tensor = tensor
        self.width = width
        self.height = height
        self.channels = channels
        self.low = low
        self.high = high
    }
}
