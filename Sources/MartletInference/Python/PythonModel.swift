package import MartletCore

/// A model that MLflow wrote and Python runs, in processes of its own.
///
/// Calls come from several threads; as many run at once as there are processes. The processes end when the model is let go.
package final class PythonModel: TensorModel {
    package let signature: TensorSignature
    private let name: String
    private let plan: PythonPlan
    private let workers: PythonWorkers
    private let frameMaxBytes: Int

    /// Makes the environment where there is none yet, starts the processes and waits until one has loaded the model.
    /// - Parameters:
    ///   - name: what errors call it.
    ///   - report: is told what making the environment comes to, line by line.
    /// - Throws: `notFound` without what the model requires or the environment that is named; `unavailable` where the environment
    ///   cannot be made or the model not be loaded in it; `expired` where either takes too long.
    package init(
        _ file: MLmodelFile, name: String, configuration: PythonConfiguration, report: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        plan = PythonPlan(file.signature, hasIndependentRows: configuration.hasIndependentRows)
        signature = plan.signature
        self.name = name
        frameMaxBytes = configuration.frameMaxBytes
        let python = try PythonEnvironments(configuration, report: report).interpreter(forModelIn: file.folder, named: name)
        workers = PythonWorkers(
            PythonLaunch(name: name, python: python, folder: file.folder, plan: plan.json, configuration: configuration))
        do {
            try workers.start()
        } catch {
            workers.close()
            throw error
        }
    }

    deinit { workers.close() }

    /// - Throws: `invalidInput` for inputs that do not fit, and where the model itself raises an error; `limitExceeded` for inputs or an
    ///   answer that are too large, or more memory than allowed; `expired` above the time of a request; `unavailable` where a process
    ///   ended; `overloaded` where too many calls wait; `engine` where a process answers what it should not.
    package func predict(_ inputs: [Tensor]) throws -> [Tensor] {
        let ordered = try ordered(inputs)
        let size = ordered.reduce(0) { $0 + $1.sizeBytes }
        guard size <= frameMaxBytes else {
            throw MartletError(
                .limitExceeded, "model '\(name)': expected at most \(frameMaxBytes) bytes of inputs, found \(size); send fewer rows at once"
            )
        }
        let answer = try workers.answer(to: PythonFrame(ordered))
        if let fault = answer.head["fault"]?.string { throw refusal(fault, answer.head["message"]?.string ?? "") }
        do {
            return try named(answer.tensors())
        } catch let fault as PythonFrameFault {
            throw MartletError(.engine, "model '\(name)': \(fault)")
        }
    }

    private func ordered(_ tensors: [Tensor]) throws -> [Tensor] {
        let given = Dictionary(tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let ordered = try signature.inputs.map { entry in
            guard let tensor = given[entry.name], tensor.datatype == entry.datatype, tensor.shape.count == entry.shape.count else {
                throw MartletError(
                    .invalidInput, "model '\(name)': expected input '\(entry.name)' of \(entry.datatype.rawValue) and shape \(entry.shape)")
            }
            return tensor
        }
        guard plan.form != .columns || ordered.allSatisfy({ $0.rowCount == ordered[0].rowCount }) else {
            throw MartletError(.invalidInput, "model '\(name)': expected as many rows in each column, found \(ordered.map(\.rowCount))")
        }
        return ordered
    }

    private func refusal(_ fault: String, _ message: String) -> MartletError {
        switch fault {
        case "memory":
            MartletError(
                .limitExceeded,
                "model '\(name)' needed more memory than its process may have (\(message)); send fewer rows or raise memory_mb")
        default: MartletError(.invalidInput, "model '\(name)' refused the request: \(message)")
        }
    }

    /// The outputs by the names that the signature gives them: a model that says nothing of them may give any.
    private func named(_ tensors: [Tensor]) throws -> [Tensor] {
        let names = signature.outputs.map(\.name)
        if tensors.count == 1, names.count == 1 {
            var only = tensors[0]
            only.name = names[0]
            return [only]
        }
        guard plan.hasOutputs, tensors.map(\.name) != names else { return tensors }
        // Several columns without names of their own come as one matrix, or as columns that NumPy counts.
        let found = Dictionary(tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let ordered = names.compactMap { found[$0] }
        return ordered.count == names.count ? ordered : tensors
    }
}

extension Tensor {
    /// The bytes of its elements in a frame.
    fileprivate var sizeBytes: Int {
        guard case .bytes(let texts) = elements else { return elements.count * (datatype.sizeBytes ?? 0) }
        return texts.reduce(0) { $0 + 4 + $1.count }
    }
}
