"""A device made with pymodbus: `tcp PORT`, or `rtu PATH` at 19200 baud. Units 1 and 2; nothing beyond register 299."""
import struct
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartSerialServer, StartTcpServer
from pymodbus.transaction import ModbusRtuFramer


def words(layout, value):
    packed = struct.pack(layout, value)
    return list(struct.unpack(">%dH" % (len(packed) // 2), packed))


def device(unit):
    registers = [(7 * i + unit) & 0xFFFF for i in range(300)]
    held = {
        100: words(">f", 25.5 * unit),
        102: words(">f", -1.25)[::-1],
        104: words(">Q", 2**53 + unit),
        108: words(">d", 1e9 + 0.125),
        112: words(">i", -123456),
        114: words("<H", 0x1234),
        116: list(struct.unpack(">3H", b"PM5300")),
        120: [0x1234, 0x5678],
    }
    for start, values in held.items():
        registers[start : start + len(values)] = values
    bits = [i % 3 == 0 for i in range(300)]
    block = lambda values: ModbusSequentialDataBlock(0, values)
    return ModbusSlaveContext(
        hr=block(registers), ir=block([word ^ 0xFFFF for word in registers]), co=block(bits), di=block([not b for b in bits]), zero_mode=True
    )


context = ModbusServerContext(slaves={1: device(1), 2: device(2)}, single=False)
kind, where = sys.argv[1:3]
if kind == "tcp":
    StartTcpServer(context=context, address=("127.0.0.1", int(where)))
else:
    StartSerialServer(context=context, framer=ModbusRtuFramer, port=where, baudrate=19200, timeout=1)
