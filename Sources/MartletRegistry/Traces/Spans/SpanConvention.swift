import MartletCore

/// How others name what MLflow shows of a span: OpenInference, OpenTelemetry's own convention for generative AI, and Traceloop.
struct SpanConvention {
    private let kindKey: String
    private let kinds: [String: String]
    private let inputTokens: String
    private let outputTokens: String
    private let totalTokens: String?
    private let cacheTokens: [(name: String, keys: [String])]

    private static let all = [openInference, generativeAI, traceloop]

    private static let openInference = SpanConvention(
        kindKey: "openinference.span.kind",
        kinds: Dictionary(
            uniqueKeysWithValues: [
                "TOOL", "CHAIN", "LLM", "RETRIEVER", "EMBEDDING", "AGENT", "RERANKER", "UNKNOWN", "GUARDRAIL", "EVALUATOR",
            ].map { ($0, $0) }),
        inputTokens: "llm.token_count.prompt", outputTokens: "llm.token_count.completion", totalTokens: "llm.token_count.total",
        cacheTokens: [
            ("cache_read_input_tokens", ["llm.token_count.prompt_details.cache_read"]),
            ("cache_creation_input_tokens", ["llm.token_count.prompt_details.cache_write"]),
        ])

    private static let generativeAI = SpanConvention(
        kindKey: "gen_ai.operation.name",
        kinds: [
            "chat": "CHAT_MODEL", "create_agent": "AGENT", "embeddings": "EMBEDDING", "execute_tool": "TOOL", "generate_content": "LLM",
            "invoke_agent": "AGENT", "text_completion": "LLM", "response": "LLM",
        ],
        inputTokens: "gen_ai.usage.input_tokens", outputTokens: "gen_ai.usage.output_tokens", totalTokens: nil,
        cacheTokens: [
            ("cache_read_input_tokens", ["gen_ai.usage.cache_read.input_tokens"]),
            (
                "cache_creation_input_tokens",
                ["gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens"]
            ),
        ])

    private static let traceloop = SpanConvention(
        kindKey: "traceloop.span.kind",
        kinds: ["workflow": "WORKFLOW", "task": "TASK", "agent": "AGENT", "tool": "TOOL", "unknown": "UNKNOWN"],
        inputTokens: "gen_ai.usage.prompt_tokens", outputTokens: "gen_ai.usage.completion_tokens", totalTokens: "llm.usage.total_tokens",
        cacheTokens: [])

    static let inputs = ["input.value", "gen_ai.input.messages", "gen_ai.tool.call.arguments", "traceloop.entity.input"]
    static let outputs = ["output.value", "gen_ai.output.messages", "gen_ai.tool.call.result", "traceloop.entity.output"]
    static let models = [
        "llm.response.model_name", "llm.model_name", "llm.request.model_name", "embedding.model_name", "gen_ai.response.model",
        "gen_ai.request.model",
    ]
    static let providers = ["llm.provider", "gen_ai.provider.name", "gen_ai.system"]

    /// MLflow's type of a span.
    static func type(_ attributes: AttributeTexts) -> String? {
        all.lazy.compactMap { convention in
            attributes[convention.kindKey].flatMap { convention.kinds[PythonJSON.unquoted($0) ?? $0] }
        }.first
    }

    /// The counts of tokens, as JSON in MLflow's form.
    static func tokens(_ attributes: AttributeTexts) -> String? {
        all.lazy.compactMap { $0.tokens(attributes) }.first
    }

    private func tokens(_ attributes: AttributeTexts) -> String? {
        let (input, output) = (Self.count(attributes[inputTokens]), Self.count(attributes[outputTokens]))
        var total = totalTokens.flatMap { Self.count(attributes[$0]) }
        if total == nil, let input, let output { total = input.addingReportingOverflow(output).partialValue }
        guard input != nil || output != nil || total != nil else { return nil }
        var counts: [String: JSONValue] = [:]
        for (name, count) in [("input_tokens", input), ("output_tokens", output), ("total_tokens", total)] {
            counts[name] = count.map(JSONValue.integer)
        }
        for cache in cacheTokens {
            counts[cache.name] = cache.keys.lazy.compactMap { Self.count(attributes[$0]) }.first.map(JSONValue.integer)
        }
        return TraceUsage.tokens.text(counts)
    }

    /// A count as a number or as the text of one.
    private static func count(_ json: String?) -> Int64? {
        json.flatMap { Int64(PythonJSON.unquoted($0) ?? $0) }
    }

    /// The model that the inputs or the outputs of a span name, as JSON.
    static func modelOfInputs(_ attributes: AttributeTexts) -> String? {
        [SpanTranslation.inputs, SpanTranslation.outputs].lazy.compactMap { attributes[$0] }
            // What is no JSON names no model.
            .compactMap { (try? PythonValue(parsing: $0, as: "an attribute"))?["model"]?.string }.first { !$0.isEmpty }.map(
                PythonJSON.quoted)
    }
}
