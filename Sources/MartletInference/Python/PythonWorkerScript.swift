/// The program of a worker: loads a model with MLflow once, then answers frames on its standard input, a socket.
///
/// It uses what MLflow brings and no more. What the model prints goes where errors go.
enum PythonWorkerScript {
    static let text = #"""
        import json, os, resource, socket, struct, sys, traceback

        MARK = b"MRT1"
        PREFIX = struct.Struct("<4sIQ")
        MESSAGE_MAX = 2000
        TYPES = {
            "BOOL": "?", "UINT8": "<u1", "UINT16": "<u2", "UINT32": "<u4", "UINT64": "<u8", "INT8": "<i1", "INT16": "<i2",
            "INT32": "<i4", "INT64": "<i8", "FP16": "<f2", "FP32": "<f4", "FP64": "<f8",
        }
        NAMES = {("b", 1): "BOOL", ("f", 2): "FP16", ("f", 4): "FP32", ("f", 8): "FP64"}
        NAMES |= {("i", n): f"INT{8 * n}" for n in (1, 2, 4, 8)} | {("u", n): f"UINT{8 * n}" for n in (1, 2, 4, 8)}


        class Channel:
            def __init__(self):
                self.socket = socket.socket(fileno=os.dup(0))
                null = os.open(os.devnull, os.O_RDONLY)
                os.dup2(null, 0)
                os.close(null)

            def bytes(self, size):
                buffer = bytearray(size)
                view = memoryview(buffer)
                while view:
                    count = self.socket.recv_into(view)
                    if count == 0:
                        os._exit(0)
                    view = view[count:]
                return buffer

            def receive(self):
                mark, head, body = PREFIX.unpack(self.bytes(PREFIX.size))
                if mark != MARK:
                    sys.exit("the worker was sent no frame")
                return json.loads(self.bytes(head)), self.bytes(body)

            def send(self, head, parts=()):
                text = json.dumps(head).encode()
                self.socket.sendall(PREFIX.pack(MARK, len(text), sum(map(len, parts))) + text)
                for part in parts:
                    self.socket.sendall(part)


        def fault(error):
            code = getattr(error, "error_code", None)
            kind = "input" if code in ("BAD_REQUEST", "INVALID_PARAMETER_VALUE") else "model"
            if isinstance(error, MemoryError):
                kind = "memory"
            traceback.print_exception(error)
            return {"fault": kind, "message": f"{type(error).__name__}: {error}"[:MESSAGE_MAX]}


        def texts(body):
            start, found = 0, []
            while start < len(body):
                size = int.from_bytes(body[start:start + 4], "little")
                found.append(bytes(body[start + 4:start + 4 + size]))
                start += 4 + size
            return found


        def boxed(items):
            import numpy as np
            array = np.empty(len(items), dtype=object)
            for place, item in enumerate(items):
                array[place] = item
            return array


        def tensors(head, body):
            import numpy as np
            start, found = 0, []
            for entry in head["tensors"]:
                part = memoryview(body)[start:start + entry["size"]]
                start += entry["size"]
                if entry["datatype"] == "BYTES":
                    array = boxed(texts(part))
                else:
                    array = np.frombuffer(part, dtype=TYPES[entry["datatype"]])
                found.append(array.reshape(entry["shape"]))
            return found


        def cells(array, kind):
            import numpy as np, pandas as pd
            if array.dtype != object or kind == "binary":
                return array
            read = json.loads if kind == "json" else (lambda cell: cell.decode("utf-8"))
            values = boxed([read(cell) for cell in array.flat]).reshape(array.shape)
            if kind == "datetime":
                return pd.Series([pd.Timestamp(cell) for cell in values.flat])
            return values if kind in ("string", "json", "object") else values.astype(str)


        def data(head, body, plan):
            import pandas as pd
            arrays = tensors(head, body)
            names, kinds = plan["names"], plan["types"]
            if plan["form"] == "matrix":
                return pd.DataFrame(arrays[0], columns=names)
            arrays = [cells(array, kind) for array, kind in zip(arrays, kinds)]
            if plan["form"] == "columns":
                frame = pd.DataFrame(dict(enumerate(arrays)))
                return frame if names is None else frame.set_axis(names, axis=1)
            return arrays[0] if names is None else dict(zip(names, arrays))


        def flat(value):
            import numpy as np
            if isinstance(value, bytes):
                return value
            if isinstance(value, str):
                return value.encode("utf-8")
            if isinstance(value, (np.generic, np.ndarray)):
                value = value.tolist()
            return json.dumps(value, default=str).encode("utf-8")


        def output(name, value):
            import numpy as np
            if hasattr(value, "toarray"):
                value = value.toarray()
            if hasattr(value, "to_numpy"):
                value = value.to_numpy()
            if isinstance(value, (str, bytes)) or isinstance(value, list) and any(isinstance(item, (dict, str)) for item in value):
                array = boxed([value] if isinstance(value, (str, bytes)) else value)
            else:
                array = np.asarray(value)
            if array.ndim == 0:
                array = array.reshape(1)
            kind = NAMES.get((array.dtype.kind, array.dtype.itemsize))
            if array.dtype.kind == "O" and all(isinstance(item, (bool, np.bool_)) for item in array.flat):
                kind, array = "BOOL", array.astype(bool)
            elif array.dtype.kind in "Of" and kind is None and is_numeric(array):
                kind, array = "FP64", array.astype("<f8")
            if kind is None:
                if array.dtype.kind in "mM":
                    array = array.astype(str)
                encoded = [flat(item) for item in array.flat]
                body = b"".join(len(item).to_bytes(4, "little") + item for item in encoded)
                kind = "BYTES"
            else:
                body = np.ascontiguousarray(array, dtype=TYPES[kind]).tobytes()
            return {"name": str(name), "datatype": kind, "shape": list(array.shape), "size": len(body)}, body


        def is_numeric(array):
            import decimal, numbers
            return all(item is None or isinstance(item, (numbers.Real, decimal.Decimal)) for item in array.flat)


        def outputs(prediction):
            import pandas as pd
            if isinstance(prediction, pd.DataFrame):
                named = [(name, prediction.iloc[:, place]) for place, name in enumerate(prediction.columns)]
            elif isinstance(prediction, dict):
                named = list(prediction.items())
            else:
                named = [("output", prediction)]
            return [output(name, value) for name, value in named]


        def main():
            channel = Channel()
            start, _ = channel.receive()
            resource.setrlimit(resource.RLIMIT_DATA, (start["memory"], start["memory"]))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            try:
                import mlflow
                import mlflow.pyfunc
                model = mlflow.pyfunc.load_model(start["folder"])
            except Exception as error:
                channel.send(fault(error))
                sys.exit(1)
            channel.send({"mlflow": mlflow.__version__})
            while True:
                head, body = channel.receive()
                try:
                    found = outputs(model.predict(data(head, body, start["plan"])))
                    size = sum(len(part) for _, part in found)
                    if size > start["frame"]:
                        raise ValueError(f"the prediction has {size} bytes, more than {start['frame']}")
                    answer = {"tensors": [entry for entry, _ in found]}, [part for _, part in found]
                except Exception as error:
                    answer = fault(error), ()
                channel.send(*answer)
                if answer[0].get("fault") == "memory":
                    sys.exit(1)


        try:
            main()
        except SystemExit as end:
            # At once, while the channel is open: who waits is to learn the status.
            if isinstance(end.code, str):
                print(end.code, file=sys.stderr)
            os._exit(end.code if isinstance(end.code, int) else 0 if end.code is None else 1)
        """#
}
