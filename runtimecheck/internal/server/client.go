package server

import "reflect"

// clientPID returns the number that the server gave the session of a driver's
// connection when it was opened, 0 if the driver does not tell. A pooler makes
// such numbers up. pgx has a method for it, lib/pq only a field, hence reflection;
// this package must not import a driver.
func clientPID(dc any) int64 {
	v := reflect.ValueOf(dc)
	if pgx := call(v, "Conn"); pgx.IsValid() {
		if pid := call(call(pgx, "PgConn"), "PID"); pid.IsValid() && pid.CanUint() {
			return int64(pid.Uint())
		}
		return 0
	}
	if v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Struct {
		for _, name := range []string{"pid", "processID"} { // since lib/pq 1.11; before
			if f := v.Elem().FieldByName(name); f.IsValid() && f.CanInt() {
				return f.Int()
			}
		}
	}
	return 0
}

// call calls a method without arguments and with one result; the zero Value if v has no such method.
func call(v reflect.Value, method string) reflect.Value {
	if !v.IsValid() {
		return v
	}
	m := v.MethodByName(method)
	if !m.IsValid() || m.Type().NumIn() != 0 || m.Type().NumOut() != 1 {
		return reflect.Value{}
	}
	return m.Call(nil)[0]
}
