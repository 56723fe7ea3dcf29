// memjs has no types of its own. What the tests use of it.
declare module 'memjs' {
  export class Client {
    static create(servers: string | undefined, options?: { retries?: number; timeout?: number }): Client;
    get(key: string): Promise<{ value: Buffer | null; flags: Buffer | null }>;
    set(key: string, value: string | Buffer, options: { expires?: number }): Promise<boolean>;
    add(key: string, value: string | Buffer, options: { expires?: number }): Promise<boolean>;
    delete(key: string): Promise<boolean>;
    increment(key: string, amount: number, options: { initial?: number }): Promise<{ success: boolean; value: number | null }>;
    flush(): Promise<unknown>;
    close(): void;
  }
  const memjs: { Client: typeof Client };
  export default memjs;
}
